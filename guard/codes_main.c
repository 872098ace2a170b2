/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-guard-codes: finds 2-D codes in the picture of one connection.
 *
 * Started by shoji-guard where mask_codes is set, so that the library which
 * looks for them is in no process with a stream. It sees brightness, which the
 * core writes, and says rectangles; what a code says is not told. The picture
 * is hostile: whoever takes this process over can leave codes uncovered, which
 * is what they are without it.
 */
#include <iconv.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <zbar.h>

#include "guard/codes_ipc.h"
#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)768 * 1024 * 1024)
#define GREY zbar_fourcc('Y', '8', '0', '0')

/* Descriptors of START, in this order. */
enum { FD_CORE, FD_MEMORY, FD_COUNT };

struct searcher {
	zbar_image_scanner_t *scanner;
	zbar_image_t *image;
	const uint8_t *shared;
	uint8_t *grey; /* a copy: the core may write while the library reads */
	int core_fd;
};

/*
 * The library turns what a code says into UTF-8, by modules of the C library
 * that are opened when they are needed, which a confined process cannot do.
 * Nobody reads the text: these take the place of the C library's and copy.
 */
#define TAKES_PLACE __attribute__((visibility("default")))

TAKES_PLACE iconv_t iconv_open(const char *to, const char *from)
{
	static char any;

	(void)to;
	(void)from;
	return &any;
}

TAKES_PLACE int iconv_close(iconv_t cd)
{
	(void)cd;
	return 0;
}

TAKES_PLACE size_t iconv(iconv_t cd, char **restrict in,
	size_t *restrict in_left, char **restrict out,
	size_t *restrict out_left)
{
	size_t size;

	(void)cd;
	if (!in || !*in)
		return 0;
	size = *in_left < *out_left ? *in_left : *out_left;
	memcpy(*out, *in, size);
	*in += size;
	*out += size;
	*in_left -= size;
	*out_left -= size;
	return 0;
}

/* ---- searching ---- */

static int bounded(int value, int limit)
{
	return value < 0 ? 0 : value > limit ? limit : value;
}

/* What holds all points of symbol, within size; at least a pixel. */
static struct sj_rect place_of(
	const zbar_symbol_t *symbol, const struct sj_size *size)
{
	int left = size->width_px - 1, top = size->height_px - 1;
	int right = 0, bottom = 0;

	for (unsigned i = 0; i < zbar_symbol_get_loc_size(symbol); i++) {
		int x = bounded(
			zbar_symbol_get_loc_x(symbol, i), size->width_px - 1);
		int y = bounded(
			zbar_symbol_get_loc_y(symbol, i), size->height_px - 1);

		left = x < left ? x : left;
		top = y < top ? y : top;
		right = x > right ? x : right;
		bottom = y > bottom ? y : bottom;
	}
	if (left > right || top > bottom) /* it does not say where */
		return (struct sj_rect){0, 0, size->width_px, size->height_px};
	return (struct sj_rect){(uint16_t)left, (uint16_t)top,
		(uint16_t)(right - left + 1), (uint16_t)(bottom - top + 1)};
}

static void put(struct sj_codes_answer *answer, const struct sj_rect *rect)
{
	struct sj_rect *last = &answer->rect[SJ_LIMIT_CODES_FOUND - 1];

	if (answer->count < SJ_LIMIT_CODES_FOUND)
		answer->rect[answer->count++] = *rect;
	else
		*last = sj_rect_join(last, rect);
}

/* Scans the copy and adds what is found. */
static bool scan(struct searcher *searcher, const struct sj_size *size,
	struct sj_codes_answer *answer)
{
	if (zbar_scan_image(searcher->scanner, searcher->image) < 0)
		return false;
	for (const zbar_symbol_t *symbol =
			zbar_image_first_symbol(searcher->image);
		symbol; symbol = zbar_symbol_next(symbol)) {
		const struct sj_rect rect = place_of(symbol, size);

		put(answer, &rect);
	}
	return true;
}

/* Bright on dark is read by every telephone. The library's own search for it
 * takes place only where it has found no other. */
static bool search(struct searcher *searcher,
	const struct sj_codes_request *request, struct sj_codes_answer *answer)
{
	size_t bytes = (size_t)request->size.width_px * request->size.height_px;

	memcpy(searcher->grey, searcher->shared, bytes);
	zbar_image_set_size(searcher->image, request->size.width_px,
		request->size.height_px);
	zbar_image_set_data(searcher->image, searcher->grey, bytes, NULL);
	if (!scan(searcher, &request->size, answer))
		return false;
	for (size_t i = 0; i < bytes; i++)
		searcher->grey[i] = (uint8_t)~searcher->grey[i];
	return scan(searcher, &request->size, answer);
}

/* True if it may go on; else *status is how it ends. */
static bool answer_one(struct searcher *searcher, enum sj_exit *status)
{
	struct sj_codes_request request;
	struct sj_codes_answer answer;
	const struct sj_size most = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};
	enum sj_err err = sj_ipc_receive(
		searcher->core_fd, &request, sizeof(request), NULL);
	struct sj_rect rect;

	*status = err == SJ_ERR_CLOSED ? SJ_EXIT_ENDED : SJ_EXIT_PEER;
	if (err != SJ_OK)
		return false;
	rect = (struct sj_rect){
		0, 0, request.size.width_px, request.size.height_px};
	if (!sj_rect_fits(&rect, &most))
		return false;
	memset(&answer, 0, sizeof(answer));
	answer.sequence = request.sequence;
	*status = SJ_EXIT_LOCAL;
	if (!search(searcher, &request, &answer))
		return false;
	*status = SJ_EXIT_ENDED;
	return sj_ipc_send(searcher->core_fd, &answer, sizeof(answer), NULL) ==
	       SJ_OK;
}

/* Until the core or the supervisor is gone. */
static enum sj_exit serve(struct searcher *searcher)
{
	struct pollfd entry[] = {{.fd = CONTROL_FD, .events = POLLIN},
		{.fd = searcher->core_fd, .events = POLLIN}};
	enum sj_exit status = SJ_EXIT_LOCAL;

	while (poll(entry, SJ_COUNT(entry), -1) > 0) {
		if (entry[0].revents != 0)
			return SJ_EXIT_ENDED;
		if (!answer_one(searcher, &status))
			return status;
	}
	return SJ_EXIT_LOCAL;
}

/* ---- the start ---- */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 1);
}

/* The library sorts what it finds. The C library's qsort asks the kernel once
 * how much memory there is, which a confined process cannot. */
static void sort_once(void)
{
	uint8_t many[4096] = {0};

	qsort(many, sizeof(many), 1, compare);
}

static void close_searcher(struct searcher *searcher)
{
	free(searcher->grey);
	if (searcher->image)
		zbar_image_destroy(searcher->image);
	if (searcher->scanner)
		zbar_image_scanner_destroy(searcher->scanner);
}

static bool open_searcher(struct searcher *searcher)
{
	searcher->scanner = zbar_image_scanner_create();
	searcher->image = zbar_image_create();
	searcher->grey = malloc(SJ_CODES_BYTES);
	if (!searcher->scanner || !searcher->image || !searcher->grey)
		return false;
	zbar_image_set_format(searcher->image, GREY);
	return zbar_image_scanner_set_config(
		       searcher->scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0) == 0 &&
	       zbar_image_scanner_set_config(
		       searcher->scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1) == 0;
}

static bool confine(const struct sj_codes_start *start, int core_fd)
{
	const int keep[] = {CONTROL_FD, core_fd};
	const struct sj_confine spec = {
		.name = "guard-codes",
		.uid = start->uid,
		.gid = start->gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = start->may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

int main(void)
{
	struct sj_codes_start start;
	struct sj_ipc_fds fds = {.count = 0};
	static struct searcher searcher = {.core_fd = -1};

	sj_signals_shield();
	sj_log_open("guard-codes", SJ_LOG_INFO);
	if (sj_ipc_receive(CONTROL_FD, &start, sizeof(start), &fds) != SJ_OK ||
		fds.count != FD_COUNT) {
		sj_log(SJ_LOG_ERROR, "start error=\"not a START message\"");
		return (int)SJ_EXIT_LOCAL;
	}
	sj_log_open("guard-codes", (enum sj_log_level)start.log_level);
	searcher.core_fd = sj_ipc_take(&fds, FD_CORE);
	searcher.shared = sj_memfd_map(fds.fd[FD_MEMORY], SJ_CODES_BYTES, 0);
	if (!searcher.shared || !open_searcher(&searcher)) {
		sj_log(SJ_LOG_ERROR, "open error=\"memory\"");
		close_searcher(&searcher);
		return (int)SJ_EXIT_LOCAL;
	}
	sort_once();
	if (!confine(&start, searcher.core_fd)) {
		close_searcher(&searcher);
		return (int)SJ_EXIT_CONFINE;
	}
	return (int)serve(&searcher);
}
