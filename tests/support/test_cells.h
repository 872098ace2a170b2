/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_cells: numbers as coloured squares, so that a test reads what a program
 * inside a session knows from a picture of that session.
 *
 * A cell is a square of TEST_CELL_PX pixels whose 24-bit colour is its value.
 * The first row holds the state below, the rows after it a ring of events of
 * two cells each: type << 20 | number, then the value. All of it is drawn by
 * test_paint_xcb.c and read by test_picture.c.
 */
#ifndef SJ_TESTS_SUPPORT_TEST_CELLS_H
#define SJ_TESTS_SUPPORT_TEST_CELLS_H

#define TEST_CELL_PX 4
#define TEST_CELL_LOG_ROWS 16
#define TEST_CELL_MAGIC0 0x53484fu
#define TEST_CELL_MAGIC1 0x4a4921u

/* The first row: one word each, in this order, after the two magic cells. */
#define TEST_CELL_TABLE(row)                                                   \
	row(tag)                                /* random, one per process */  \
		row(width)                      /* of the window */            \
		row(height) row(pattern)        /* number of the background */ \
		row(events)                     /* in the log, ever */         \
		row(presses)                    /* keys */                     \
		row(releases) row(buttons_down) /* button press events */      \
		row(buttons_up) row(motions) row(x) /* pointer, last seen */   \
		row(y) row(blocks) /* 64x64 squares drawn by the key b */      \
		row(frames)        /* of the animation */                      \
		row(focused)                                                   \
			row(hash) /* of all pressed keysyms in their order */  \
		row(held)         /* keys that are down now */                 \
		row(sum)          /* of all cells from tag to held */

enum test_cell {
	TEST_CELL_magic0,
	TEST_CELL_magic1,
#define TEST_CELL_ROW(name) TEST_CELL_##name,
	TEST_CELL_TABLE(TEST_CELL_ROW)
#undef TEST_CELL_ROW
		TEST_CELL_COUNT
};

enum test_event {
	TEST_EVENT_KEY_DOWN = 1,
	TEST_EVENT_KEY_UP,
	TEST_EVENT_BUTTON_DOWN,
	TEST_EVENT_BUTTON_UP
};

#endif /* SJ_TESTS_SUPPORT_TEST_CELLS_H */
