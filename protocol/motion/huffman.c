/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/motion/huffman.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LONGEST 16
#define RESERVED SJ_HUFFMAN_SYMBOLS /* keeps the code of all ones free */
#define NODES (SJ_HUFFMAN_SYMBOLS + 1)
/* A symbol that was never seen, against one whose code has 16 bits. */
#define SEEN_WEIGHT 8u

struct tree {
	uint32_t weight[NODES]; /* 0: not there, or joined to another */
	int next[NODES];        /* of the same subtree, or -1 */
	uint8_t length[NODES];
};

static bool is_symbol(int symbol, int is_ac)
{
	int run = symbol >> 4, size = symbol & 15;

	if (!is_ac)
		return symbol <= 11;
	return (size >= 1 && size <= 10) || symbol == 0 ||
	       (size == 0 && run == 15);
}

static void weigh(struct tree *tree, const struct sj_huffman *table, int is_ac)
{
	size_t at = 0;

	for (int i = 0; i < SJ_HUFFMAN_SYMBOLS; i++)
		tree->weight[i] = is_symbol(i, is_ac) ? 1 : 0;
	tree->weight[RESERVED] = 1;
	for (int length = 1; length <= LONGEST; length++)
		for (int i = 0; i < table->count[length]; i++, at++)
			tree->weight[table->symbol[at]] = SEEN_WEIGHT
							  << (LONGEST - length);
}

/* The lightest node but not; -1 if there is none. The reserved one wins a
 * tie, so that its code is among the longest. */
static int lightest(const struct tree *tree, int but)
{
	int best = -1;

	for (int i = 0; i < NODES; i++)
		if (i != but && tree->weight[i] != 0 &&
			(best < 0 || tree->weight[i] <= tree->weight[best]))
			best = i;
	return best;
}

/* Makes all codes of the subtree one bit longer; returns its last node. */
static int deepen(struct tree *tree, int node)
{
	tree->length[node]++;
	while (tree->next[node] >= 0) {
		node = tree->next[node];
		tree->length[node]++;
	}
	return node;
}

static void join(struct tree *tree)
{
	for (;;) {
		int first = lightest(tree, -1);
		int second = lightest(tree, first);

		if (second < 0)
			return;
		tree->weight[second] += tree->weight[first];
		tree->weight[first] = 0;
		tree->next[deepen(tree, second)] = first;
		(void)deepen(tree, first);
	}
}

/*
 * Shortens codes beyond 16 bits, as ITU-T T.81 K.2 says: a pair of the longest
 * loses a bit for one of them, and the other goes below a shorter code.
 */
static void limit(unsigned *count, int deepest)
{
	for (int length = deepest; length > LONGEST; length--)
		while (count[length] > 0) {
			int shorter = length - 2;

			while (count[shorter] == 0)
				shorter--;
			count[length] -= 2;
			count[length - 1]++;
			count[shorter]--;
			count[shorter + 1] += 2;
		}
}

void sj_huffman_complete(struct sj_huffman *table, int is_ac)
{
	struct tree tree;
	unsigned count[NODES + 1] = {0};
	size_t at = 0;
	int longest = LONGEST;

	memset(&tree, 0, sizeof(tree));
	for (int i = 0; i < NODES; i++)
		tree.next[i] = -1;
	weigh(&tree, table, is_ac);
	join(&tree);
	for (int i = 0; i < NODES; i++)
		count[tree.length[i]]++;
	count[0] = 0;
	limit(count, NODES);
	while (count[longest] == 0)
		longest--;
	count[longest]--;
	memset(table, 0, sizeof(*table));
	for (int length = 1; length <= LONGEST; length++)
		table->count[length] = (uint8_t)count[length];
	/* Lengths go to symbols in the order of the lengths they had. */
	for (int length = 1; length < NODES; length++)
		for (int i = 0; i < SJ_HUFFMAN_SYMBOLS; i++)
			if (tree.length[i] == length)
				table->symbol[at++] = (uint8_t)i;
}
