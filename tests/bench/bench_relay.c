/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-relay: the line between a viewer and a server, with its bytes counted.
 *
 * usage: bench-relay PORT [MBIT_PER_S RTT_MS]
 * Listens on a port of its own at 127.0.0.1 (told on stdout: `port N`) and
 * joins each connection to 127.0.0.1:PORT. With a rate, each direction is a
 * line of that rate, with half of the round trip as its delay and a queue of
 * one bandwidth-delay product + 64 KiB: a relay cannot drop, so it stops
 * reading when the queue is full, and its receive buffer is small, so that the
 * sender's own TCP has to wait. Each line on stdin is answered by one line of
 * JSON with the bytes in both directions; the end of stdin ends the program.
 * Bytes are those of the TCP streams, all connections together.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 8
#define RING_BYTES (2u << 20)
#define PIECES_MAX 8192
#define PIECE_BYTES 1448 /* a segment of a usual line */
#define QUEUE_BYTES 65536
#define SMALL_BUFFER_BYTES 16384
#define NEVER UINT64_MAX

struct piece {
	uint64_t due_us; /* when the far side may have it */
	uint32_t bytes;
};

/* One direction of one connection. */
struct flow {
	int from, to;
	uint8_t *ring;
	size_t read_at, used_bytes;
	struct piece piece[PIECES_MAX];
	size_t first, pieces;
	uint64_t free_us; /* when the line has sent all that it took */
	uint64_t *total_bytes;
	bool is_ended, is_shut, is_full;
};

struct relay {
	int listener;
	uint16_t port;
	double bytes_per_us; /* 0: no limit */
	uint64_t delay_us;   /* one way */
	size_t queue_bytes;
	uint64_t up_bytes, down_bytes;
	unsigned connections;
	struct flow *flow[PAIRS_MAX * 2]; /* up, down, up, down... */
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void prepare(const struct relay *relay, int fd)
{
	const int on = 1, small = SMALL_BUFFER_BYTES;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (relay->bytes_per_us > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
}

static int dial(const struct relay *relay)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(relay->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	prepare(relay, fd);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct flow *new_flow(int from, int to, uint64_t *total_bytes)
{
	struct flow *flow = calloc(1, sizeof(*flow));

	if (flow)
		flow->ring = malloc(RING_BYTES);
	if (!flow || !flow->ring) {
		fprintf(stderr, "bench-relay: no memory\n");
		exit(2);
	}
	flow->from = from;
	flow->to = to;
	flow->total_bytes = total_bytes;
	return flow;
}

static void join(struct relay *relay)
{
	int near = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
	int far = near < 0 ? -1 : dial(relay);
	size_t at = 0;

	while (at < PAIRS_MAX && relay->flow[at * 2])
		at++;
	if (far < 0 || at == PAIRS_MAX) {
		if (near >= 0)
			close(near);
		if (far >= 0)
			close(far);
		return;
	}
	prepare(relay, near);
	relay->connections++;
	relay->flow[at * 2] = new_flow(near, far, &relay->up_bytes);
	relay->flow[at * 2 + 1] = new_flow(far, near, &relay->down_bytes);
}

/* When there is room for the next piece: 0 now, NEVER after some are gone. */
static uint64_t room_us(
	const struct relay *relay, const struct flow *flow, uint64_t time_us)
{
	double waiting_us = (double)relay->queue_bytes;

	if (flow->pieces == PIECES_MAX ||
		flow->used_bytes + PIECE_BYTES > RING_BYTES)
		return NEVER;
	if (relay->bytes_per_us <= 0)
		return 0;
	waiting_us /= relay->bytes_per_us;
	if (flow->free_us < time_us + (uint64_t)waiting_us)
		return 0;
	return flow->free_us - (uint64_t)waiting_us + 1;
}

static void enqueue(const struct relay *relay, struct flow *flow, size_t bytes)
{
	uint64_t time_us = now_us();
	struct piece *piece =
		&flow->piece[(flow->first + flow->pieces++) % PIECES_MAX];

	flow->used_bytes += bytes;
	*flow->total_bytes += bytes;
	piece->bytes = (uint32_t)bytes;
	piece->due_us = 0;
	if (relay->bytes_per_us <= 0)
		return;
	if (flow->free_us < time_us)
		flow->free_us = time_us;
	flow->free_us += (uint64_t)((double)bytes / relay->bytes_per_us);
	piece->due_us = flow->free_us + relay->delay_us;
}

/* Takes what there is room for. */
static void take(const struct relay *relay, struct flow *flow)
{
	size_t most = relay->bytes_per_us > 0 ? PIECE_BYTES : 65536;

	while (!flow->is_ended && room_us(relay, flow, now_us()) == 0) {
		size_t at = (flow->read_at + flow->used_bytes) % RING_BYTES;
		size_t room = RING_BYTES - flow->used_bytes;
		ssize_t got;

		if (room > RING_BYTES - at)
			room = RING_BYTES - at;
		got = recv(flow->from, flow->ring + at,
			room < most ? room : most, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0)
			flow->is_ended = true;
		else
			enqueue(relay, flow, (size_t)got);
	}
}

/* Gives what is due. */
static void give(struct flow *flow)
{
	uint64_t time_us = now_us();

	flow->is_full = false;
	while (flow->pieces > 0) {
		struct piece *piece = &flow->piece[flow->first];
		size_t bytes = piece->bytes;
		ssize_t sent;

		if (piece->due_us > time_us)
			return;
		if (bytes > RING_BYTES - flow->read_at)
			bytes = RING_BYTES - flow->read_at;
		sent = send(flow->to, flow->ring + flow->read_at, bytes,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			flow->is_full = true;
			return;
		}
		if (sent <= 0) {
			flow->is_ended = true;
			flow->pieces = flow->used_bytes = 0;
			break;
		}
		flow->read_at = (flow->read_at + (size_t)sent) % RING_BYTES;
		flow->used_bytes -= (size_t)sent;
		piece->bytes -= (uint32_t)sent;
		if (piece->bytes == 0) {
			flow->first = (flow->first + 1) % PIECES_MAX;
			flow->pieces--;
		}
	}
	if (flow->is_ended && !flow->is_shut) {
		shutdown(flow->to, SHUT_WR);
		flow->is_shut = true;
	}
}

static void drop_ended(struct relay *relay)
{
	for (size_t i = 0; i < PAIRS_MAX * 2; i += 2) {
		struct flow *up = relay->flow[i], *down = relay->flow[i + 1];

		if (!up || !up->is_shut || !down->is_shut)
			continue;
		close(up->from);
		close(up->to);
		free(up->ring);
		free(down->ring);
		free(up);
		free(down);
		relay->flow[i] = relay->flow[i + 1] = NULL;
	}
}

/* What to wait for; gives the time until which. */
static uint64_t arm(const struct relay *relay, struct pollfd *polled)
{
	uint64_t time_us = now_us(), until_us = NEVER;

	for (size_t i = 0; i < PAIRS_MAX * 2; i++) {
		const struct flow *flow = relay->flow[i];
		uint64_t room;

		polled[i * 2].fd = polled[i * 2 + 1].fd = -1;
		if (!flow || flow->is_shut)
			continue;
		room = room_us(relay, flow, time_us);
		if (room == 0 && !flow->is_ended) {
			polled[i * 2].fd = flow->from;
			polled[i * 2].events = POLLIN;
		} else if (room < until_us) {
			until_us = room;
		}
		if (flow->is_full) {
			polled[i * 2 + 1].fd = flow->to;
			polled[i * 2 + 1].events = POLLOUT;
		} else if (flow->pieces > 0 &&
			   flow->piece[flow->first].due_us < until_us) {
			until_us = flow->piece[flow->first].due_us;
		}
	}
	return until_us;
}

/* False at the end of stdin. */
static bool answer(const struct relay *relay)
{
	char line[256];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	printf("{\"up_bytes\": %llu, \"down_bytes\": %llu, "
	       "\"connections\": %u}\n",
		(unsigned long long)relay->up_bytes,
		(unsigned long long)relay->down_bytes, relay->connections);
	fflush(stdout);
	return true;
}

static void run(struct relay *relay)
{
	struct pollfd polled[PAIRS_MAX * 4 + 2];
	struct pollfd *own = &polled[PAIRS_MAX * 4];

	for (;;) {
		uint64_t until_us = arm(relay, polled), time_us = now_us();
		struct timespec wait = {0, 0};

		if (until_us > time_us && until_us != NEVER) {
			wait.tv_sec = (time_t)((until_us - time_us) / 1000000);
			wait.tv_nsec =
				(long)((until_us - time_us) % 1000000 * 1000);
		}
		own[0] = (struct pollfd){relay->listener, POLLIN, 0};
		own[1] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
		if (ppoll(polled, PAIRS_MAX * 4 + 2,
			    until_us == NEVER ? NULL : &wait, NULL) < 0 &&
			errno != EINTR)
			return;
		if (own[0].revents)
			join(relay);
		if (own[1].revents && !answer(relay))
			return;
		for (size_t i = 0; i < PAIRS_MAX * 2; i++) {
			if (!relay->flow[i])
				continue;
			take(relay, relay->flow[i]);
			give(relay->flow[i]);
		}
		drop_ended(relay);
	}
}

int main(int argc, char **argv)
{
	static struct relay relay;
	struct sockaddr_in here = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);

	if (argc != 2 && argc != 4) {
		fprintf(stderr,
			"usage: bench-relay PORT [MBIT_PER_S RTT_MS]\n");
		return 1;
	}
	relay.port = (uint16_t)atoi(argv[1]);
	if (argc == 4) {
		relay.bytes_per_us = atof(argv[2]) / 8;
		relay.delay_us = (uint64_t)(atof(argv[3]) * 1000 / 2);
		relay.queue_bytes =
			QUEUE_BYTES + (size_t)(relay.bytes_per_us *
					       (double)relay.delay_us * 2);
	}
	setvbuf(stdin, NULL, _IONBF, 0);
	relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	prepare(&relay, relay.listener); /* connections inherit its buffer */
	if (bind(relay.listener, (struct sockaddr *)&here, size) != 0 ||
		listen(relay.listener, 8) != 0 ||
		getsockname(relay.listener, (struct sockaddr *)&here, &size) !=
			0) {
		fprintf(stderr, "bench-relay: cannot listen\n");
		return 2;
	}
	printf("port %u\n", ntohs(here.sin_port));
	fflush(stdout);
	run(&relay);
	return 0;
}
