/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_grab FILE.png [WINDOW]: the picture of the root window, or of the window
 * with that number, of $DISPLAY.
 */
#include <stdio.h>
#include <stdlib.h>

#include <xcb/xcb.h>

#include "tests/support/test_png.h"

static bool grab(xcb_connection_t *conn, xcb_window_t window,
	struct test_picture *picture)
{
	xcb_get_geometry_reply_t *size = xcb_get_geometry_reply(
		conn, xcb_get_geometry(conn, window), NULL);
	xcb_get_image_reply_t *image = NULL;
	bool is_ok = false;

	if (size == NULL)
		return false;
	picture->width_px = size->width;
	picture->height_px = size->height;
	image = xcb_get_image_reply(conn,
		xcb_get_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, window, 0, 0,
			size->width, size->height, UINT32_MAX),
		NULL);
	if (image != NULL && image->depth == 24)
		is_ok = test_picture_from_bgrx(picture,
			xcb_get_image_data(image), (size_t)size->width * 4);
	free(image);
	free(size);
	return is_ok;
}

int main(int argc, char **argv)
{
	struct test_picture picture = {0};
	xcb_connection_t *conn = xcb_connect(NULL, NULL);
	xcb_window_t window;
	bool is_ok;

	if (argc < 2 || xcb_connection_has_error(conn) != 0) {
		fprintf(stderr, "test-grab: no display or no file\n");
		return 2;
	}
	window = xcb_setup_roots_iterator(xcb_get_setup(conn)).data->root;
	if (argc > 2)
		window = (xcb_window_t)strtoul(argv[2], NULL, 0);
	is_ok = grab(conn, window, &picture) &&
		test_png_write(argv[1], &picture);
	free(picture.rgb);
	xcb_disconnect(conn);
	return is_ok ? 0 : 1;
}
