/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codec_client: libvncclient in a thread of its own, for bench-codec.
 *
 * It never asks for updates: it reads what the server sends. Both are of this
 * program, so nothing here is hostile; a failure ends the program.
 */
#ifndef SJ_TESTS_BENCH_CODEC_CLIENT_H
#define SJ_TESTS_BENCH_CODEC_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/tile/tile.h"

struct sj_codec_client;

/* JPEG quality 0 to 9, or -1 for a lossless picture. */
struct sj_codec_client_settings {
	const char *encoding;
	int compression_level;
	int quality;
};

/* Starts the thread, which takes fd; the server has to answer meanwhile. */
struct sj_codec_client *sj_codec_client_create(
	int fd, const struct sj_codec_client_settings *settings);

/* True once the client has told the server which encoding it wants. */
bool sj_codec_client_is_ready(struct sj_codec_client *client);

/* Waits until so many updates have been decoded; CPU ms of all till now. */
double sj_codec_client_wait(struct sj_codec_client *client, uint64_t updates);

/* What it shows; lent until destroy, to be looked at after a wait only. */
const struct sj_tile_image *sj_codec_client_picture(
	const struct sj_codec_client *client);

/* The server has to have closed its end: waits for the thread. */
void sj_codec_client_destroy(struct sj_codec_client *client);

#endif /* SJ_TESTS_BENCH_CODEC_CLIENT_H */
