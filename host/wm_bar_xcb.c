/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/wm_bar_xcb.h"

#include <xcb/xcb.h>

#include "host/display_xcb.h"

#define STRIP_COLOUR 0x4a5568u
#define CLOSE_COLOUR 0x9b2c2cu
#define CROSS_COLOUR 0xffffffu
#define CROSS_EDGE_PX 8

/* The background of the close window: a cross, three pixels thick. */
static void draw_cross(xcb_connection_t *connection, xcb_pixmap_t pixmap)
{
	const int16_t low = CROSS_EDGE_PX, high = SJ_WM_BAR_PX - CROSS_EDGE_PX;
	const xcb_rectangle_t all = {0, 0, SJ_WM_BAR_PX, SJ_WM_BAR_PX};
	const xcb_segment_t cross[] = {
		{low, low, high, high}, {low, high, high, low}};
	const uint32_t fill = CLOSE_COLOUR;
	const uint32_t line[] = {CROSS_COLOUR, 3};
	xcb_gcontext_t context = xcb_generate_id(connection);

	xcb_create_gc(connection, context, pixmap, XCB_GC_FOREGROUND, &fill);
	xcb_poly_fill_rectangle(connection, pixmap, context, 1, &all);
	xcb_change_gc(connection, context,
		XCB_GC_FOREGROUND | XCB_GC_LINE_WIDTH, line);
	xcb_poly_segment(connection, pixmap, context, 2, cross);
	xcb_free_gc(connection, context);
}

static void create_close(struct sj_wm_bar *bar, struct sj_display *display,
	const struct sj_rect *rect)
{
	xcb_connection_t *connection = display->connection;
	xcb_pixmap_t pixmap = xcb_generate_id(connection);
	const uint32_t values[] = {pixmap,
		XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE};

	xcb_create_pixmap(connection, display->screen->root_depth, pixmap,
		display->root, SJ_WM_BAR_PX, SJ_WM_BAR_PX);
	draw_cross(connection, pixmap);
	bar->close = xcb_generate_id(connection);
	xcb_create_window(connection, XCB_COPY_FROM_PARENT, bar->close,
		bar->strip, (int16_t)(rect->width_px - SJ_WM_BAR_PX), 0,
		SJ_WM_BAR_PX, SJ_WM_BAR_PX, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT, XCB_CW_BACK_PIXMAP | XCB_CW_EVENT_MASK,
		values);
	xcb_free_pixmap(connection, pixmap);
}

void sj_wm_bar_create(struct sj_wm_bar *bar, struct sj_display *display,
	const struct sj_rect *rect)
{
	const uint32_t values[] = {STRIP_COLOUR, 1,
		XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
			XCB_EVENT_MASK_BUTTON_MOTION};

	bar->strip = xcb_generate_id(display->connection);
	xcb_create_window(display->connection, XCB_COPY_FROM_PARENT, bar->strip,
		display->root, (int16_t)rect->x_px,
		(int16_t)(rect->y_px - SJ_WM_BAR_PX), rect->width_px,
		SJ_WM_BAR_PX, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT |
			XCB_CW_EVENT_MASK,
		values);
	create_close(bar, display, rect);
	xcb_map_window(display->connection, bar->close);
	xcb_map_window(display->connection, bar->strip);
}

void sj_wm_bar_move(const struct sj_wm_bar *bar, struct sj_display *display,
	const struct sj_rect *rect)
{
	const uint32_t strip[] = {rect->x_px,
		(uint32_t)(rect->y_px - SJ_WM_BAR_PX), rect->width_px};
	const uint32_t close = (uint32_t)(rect->width_px - SJ_WM_BAR_PX);

	if (bar->strip == XCB_NONE)
		return;
	xcb_configure_window(display->connection, bar->strip,
		XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y |
			XCB_CONFIG_WINDOW_WIDTH,
		strip);
	xcb_configure_window(
		display->connection, bar->close, XCB_CONFIG_WINDOW_X, &close);
}

void sj_wm_bar_raise(const struct sj_wm_bar *bar, struct sj_display *display)
{
	const uint32_t above = XCB_STACK_MODE_ABOVE;

	if (bar->strip != XCB_NONE)
		xcb_configure_window(display->connection, bar->strip,
			XCB_CONFIG_WINDOW_STACK_MODE, &above);
}

void sj_wm_bar_destroy(struct sj_wm_bar *bar, struct sj_display *display)
{
	if (bar->strip != XCB_NONE)
		xcb_destroy_window(display->connection, bar->strip);
	bar->strip = XCB_NONE;
	bar->close = XCB_NONE;
}
