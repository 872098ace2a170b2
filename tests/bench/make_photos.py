#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Photographs for the pages of the benchmark, in a folder of the build.

usage: make_photos.py FOLDER

Eight of each set are photographs that people took (Debian's package
lomiri-wallpapers-16.04, whose licences its copyright file names), scaled; four
are made: 1/f noise as clouds and ground have it, shapes, light, and the noise
of a sensor. The same files every time. t: for tuning, h: held out.
"""
import glob
import os
import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter

SOURCE = "/usr/share/backgrounds"
TAKEN = {"t": ["Bridge", "Picture_0B", "Wine", "analogpattern", "friends",
               "life", "sunset", "umang"],
         "h": ["Dragonfly", "Picture_1A", "aitzgorri", "free", "greentock",
               "picosdeeuropa", "seeding"]}
SIZE = (1600, 1067)
COUNT = 12
QUALITY = 88


def cover(image):
    """Scaled and cut to SIZE."""
    scale = max(SIZE[0] / image.width, SIZE[1] / image.height)
    image = image.resize((round(image.width * scale),
                          round(image.height * scale)), Image.LANCZOS)
    left = (image.width - SIZE[0]) // 2
    top = (image.height - SIZE[1]) // 2
    return image.crop((left, top, left + SIZE[0], top + SIZE[1]))


def clouds(source, power):
    """Noise whose strength falls with frequency, 0 to 1."""
    height, width = SIZE[1], SIZE[0]
    down = numpy.fft.fftfreq(height)[:, None]
    right = numpy.fft.rfftfreq(width)[None, :]
    frequency = numpy.sqrt(down ** 2 + right ** 2)
    frequency[0, 0] = 1
    phase = source.uniform(0, 2 * numpy.pi, frequency.shape)
    field = numpy.fft.irfft2(numpy.exp(1j * phase) / frequency ** power,
                             s=(height, width))
    return (field - field.min()) / (field.max() - field.min())


def made(number):
    """A landscape that nobody has seen."""
    source = numpy.random.Generator(numpy.random.PCG64(number))
    height, width = SIZE[1], SIZE[0]
    sky, ground, fine = (clouds(source, power) for power in (1.7, 1.3, 0.9))
    rows = numpy.linspace(0, 1, height)[:, None, None]
    top, low, soil = source.uniform(40, 220, (3, 3))
    picture = top * (1 - rows) + low * rows + 90 * (sky[..., None] - 0.5)
    horizon = height * (0.45 + 0.25 * clouds(source, 2.0)[height // 2])
    is_ground = numpy.arange(height)[:, None] > horizon[None, :]
    earth = soil * (0.4 + ground[..., None]) + 120 * (fine[..., None] - 0.5)
    picture = numpy.where(is_ground[..., None], earth, picture)
    image = Image.fromarray(picture.clip(0, 255).astype(numpy.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y = source.integers(0, width), source.integers(height // 3, height)
        size = int(source.integers(20, 160))
        color = tuple(int(value) for value in source.integers(20, 235, 3))
        draw.ellipse((x, y, x + size, y + size // 2), fill=color)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    picture = numpy.asarray(image).astype(float)
    picture += source.normal(0, 3.5, picture.shape)
    return Image.fromarray(picture.clip(0, 255).astype(numpy.uint8))


def taken(name, is_mirrored):
    path = glob.glob(os.path.join(SOURCE, name + "_*.jpg"))[0]
    with Image.open(path) as image:
        image = cover(image.convert("RGB"))
    return image.transpose(Image.FLIP_LEFT_RIGHT) if is_mirrored else image


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for at, (prefix, names) in enumerate(TAKEN.items()):
        for i in range(COUNT):
            path = os.path.join(folder, f"{prefix}{i}.jpg")
            if os.path.exists(path):
                continue
            if i % 3 == 2:
                image = made(100 * at + i)
            else:
                number = i // 3 * 2 + i % 3
                image = taken(names[number % len(names)],
                              number >= len(names))
            image.save(path + ".new", "JPEG", quality=QUALITY)
            os.rename(path + ".new", path)


main()
