# SPDX-License-Identifier: GPL-3.0-or-later
"""The coder and the model of docs/protocol.md sections 12.7 and 12.8, for
tile_reference.py; written from the document and from nothing else."""

ALL = 0xffffffff


class Refused(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Refused(text)


# ---- 12.7 the coder ----

class Chance:
    __slots__ = ("quick", "slow")

    def __init__(self):
        self.quick = self.slow = 32768


class Chances(dict):
    """A table of chances, each made when it is used first."""

    def __missing__(self, key):
        self[key] = chance = Chance()
        return chance


class Coder:
    def __init__(self, data):
        self.data, self.at = data, 0
        self.range, self.value = ALL, 0
        for _ in range(4):
            self.value = self.value << 8 | self.next_byte()

    def next_byte(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def widen(self):
        while self.range < 1 << 24:
            self.range <<= 8
            self.value = (self.value << 8 | self.next_byte()) & ALL

    def bit(self, chance):
        quick, slow = chance.quick, chance.slow
        split = (self.range >> 15) * ((quick + slow) >> 2)
        is_one = self.value < split
        if is_one:
            self.range = split
            chance.quick = quick + ((65535 - quick) >> 3)
            chance.slow = slow + ((65535 - slow) >> 6)
        else:
            self.range -= split
            self.value = (self.value - split) & ALL
            chance.quick = quick - (quick >> 3)
            chance.slow = slow - (slow >> 6)
        self.widen()
        return int(is_one)

    def number(self, table, bits):
        node = 1
        for _ in range(bits):
            node = node * 2 + self.bit(table[node])
        return node - (1 << bits)

    def plain(self):
        part = self.range >> 8
        byte = min(self.value // part, 255)
        self.value = (self.value - byte * part) & ALL
        self.range = part
        self.widen()
        return byte


# ---- 12.8 the model ----

def hash_of(total):
    total &= ALL
    return (total ^ total >> 15) * 0x9e3779b1 & ALL


class Entry:
    """Of a table: trust 0 is nothing known; second may be None."""
    __slots__ = ("colour", "check", "trust", "second")

    def __init__(self):
        self.colour = self.check = self.trust = 0
        self.second = None

    def trust_at(self, check):
        return self.trust if self.check == check else 0

    def become(self, colour, check):
        self.colour, self.check, self.trust = colour, check, 1


class Table(dict):
    def __init__(self, bits):
        super().__init__()
        self.bits = bits

    def __missing__(self, key):
        self[key] = entry = Entry()
        return entry

    def look(self, total):
        value = hash_of(total)
        return (self[value >> (32 - self.bits)],
                value >> (32 - self.bits - 5) & 31)


def channel(colour, shift):
    return colour >> shift & 255


class Model:
    def __init__(self):
        self.far, self.near, self.close = Table(17), Table(16), Table(14)
        self.shades = {}
        self.ground = self.stroke = self.last = 0
        self.chances = {}
        self.coder = None

    def table(self, *name):
        if name not in self.chances:
            self.chances[name] = Chances()
        return self.chances[name]

    # P(x, y) is canvas[y + 2][x + 3].
    def surround(self, width, height, above, left):
        seed = left[0][2] if left else self.last
        canvas = []
        for i in range(2):
            row = list(above[i]) if above else [seed] * width
            canvas.append([row[0]] * 3 + row + [row[-1]] * 2)
        for y in range(height):
            canvas.append((list(left[y]) if left else [None] * 3) +
                          [0] * (width + 2))
        return canvas

    def draw(self, coder, width, height, above, left):
        """above: two rows or None; left: three pixels a row, or None."""
        self.coder = coder
        canvas = self.surround(width, height, above, left)
        end = coder.at + width * height - width * height // 8
        same = 0
        for y in range(2, height + 2):
            row, up = canvas[y], canvas[y - 1]
            if not left:
                row[0:3] = [up[3]] * 3
            is_same = 0
            if coder.at <= end:
                is_same = coder.bit(self.table("same_row")[same])
                same = (2 * same + is_same) % 4
            if is_same:
                row[3:3 + width] = up[3:3 + width]
            else:
                self.draw_row(canvas, y, width, end)
            row[3 + width:] = [row[2 + width]] * 2
        self.last = canvas[-1][2 + width]
        return [row[3:3 + width] for row in canvas[2:]]

    def draw_row(self, canvas, y, width, end):
        row, up = canvas[y], canvas[y - 1]
        at, stop = 3, 3 + width
        while at < stop and self.coder.at <= end:
            if row[at - 1] == up[at] == up[at - 1] == up[at + 1] == \
                    row[at - 2]:
                at = self.draw_run(canvas, y, at, stop)
            else:
                row[at] = self.pixel(canvas, y, at, 0)
                at += 1
        for i in range(at, stop):
            blue, green, red = (self.coder.plain() for _ in range(3))
            row[i] = red << 16 | green << 8 | blue

    def draw_run(self, canvas, y, at, stop):
        row, up = canvas[y], canvas[y - 1]
        self.ground = row[at - 1]
        length = 1
        while length < stop - at and up[at + length + 1] == up[at]:
            length += 1
        digits = length.bit_length()
        full = self.table("full", int(length == stop - at))
        if self.coder.bit(full[digits]):
            row[at:at + length] = [self.ground] * length
            return at + length
        count = self.coder.number(self.table("run", digits),
                                  (length - 1).bit_length())
        need(count < length, "a run that is too long")
        row[at:at + count] = [self.ground] * count
        row[at + count] = self.pixel(canvas, y, at + count, 1)
        return at + count + 1

    def pixel(self, canvas, y, x, is_break):
        row, up, top = canvas[y], canvas[y - 1], canvas[y - 2]
        sum1 = row[x - 1] * 0x85ebca6b + up[x] * 0xc2b2ae35 + \
            up[x - 1] * 0x27d4eb2f + up[x + 1] * 0x165667b1
        sum2 = sum1 + row[x - 2] * 0xd3a2646d + top[x] * 0xfd7046c5
        sum3 = sum2 + row[x - 3] * 0xa3b1956d + up[x + 2] * 0xb55a4f09 + \
            up[x - 2] * 0x8f29c3b7 + top[x + 1] * 0xe4d1a7c3 + \
            top[x - 1] * 0x6c8e9cf5
        left, above = row[x - 1], up[x]
        pattern = (left == above) + 2 * (left == up[x - 1]) + \
            4 * (above == up[x - 1]) + 8 * (above == up[x + 1]) + \
            16 * (left == row[x - 2]) + 32 * (above == top[x])
        return Pixel(self, left, above, is_break).read(
            sum1, sum2, sum3, pattern)

    def new_colour(self):
        coder = self.coder
        green = coder.number(self.table("green"), 8)
        key = (self.ground * 0x2c1b3c6d + green) * 0x9e3779b1 & ALL
        shades = self.shades.setdefault(key >> 20, [])
        for i, colour in enumerate(shades):
            if coder.bit(self.table("shade")[i]):
                del shades[i]
                break
        else:
            red = self.channel("red", green, 16)
            blue = self.channel("blue", green, 0)
            colour = red << 16 | green << 8 | blue
        shades.insert(0, colour)
        del shades[4:]
        self.stroke = colour
        return colour

    def channel(self, name, green, shift):
        number = self.coder.number(self.table(name), 8)
        away = number >> 1 ^ (255 if number & 1 else 0)
        low, high = (channel(c, shift) for c in (self.ground, self.stroke))
        begin, end = (channel(c, 8) for c in (self.ground, self.stroke))
        guess = low + green - begin
        if begin != end:
            product, span = (high - low) * (green - begin), end - begin
            quotient = abs(product) // abs(span)
            guess = low + (quotient if (product < 0) == (span < 0)
                           else -quotient)
        return max(0, min(255, guess)) + away & 255


class Pixel:
    def __init__(self, model, left, above, is_break):
        self.model, self.left, self.above = model, left, above
        self.is_break = is_break
        self.nots = [left] if is_break else []

    def beside(self, colour):
        return 2 * (colour == self.left) + (colour == self.above)

    def is_it(self, colour, chance):
        if colour in self.nots:
            return False
        if self.model.coder.bit(chance):
            return True
        self.nots.append(colour)
        return False

    def read(self, sum1, sum2, sum3, pattern):
        model = self.model
        far, far_check = model.far.look(sum3)
        far_trust = far.trust_at(far_check)
        if far_trust and self.is_it(far.colour, model.table("far")[
                8 * far_trust + 2 * self.beside(far.colour) + self.is_break]):
            far.trust = min(7, far.trust + 1)
            return far.colour
        near, near_check = model.near.look(sum2)
        close, close_check = model.close.look(sum1)
        near_trust = near.trust_at(near_check)
        close_trust = close.trust_at(close_check)
        pixel = self.find((far_trust, near_trust, close_trust), near, close,
                          pattern)
        if far_trust > 1:
            far.trust -= 2 if far_trust > 3 else 1
        elif far_trust == 1 or near_trust < 3 or near.colour != pixel:
            far.become(pixel, far_check)
        self.learn(near, near_check, near_trust, pixel)
        self.learn(close, close_check, close_trust, pixel)
        return pixel

    @staticmethod
    def learn(entry, check, trust, pixel):
        if trust and entry.colour == pixel:
            entry.trust = min(7, trust + 1)
        elif trust >= 3:
            entry.trust -= 2
            entry.second = pixel
        else:
            entry.second = entry.colour if trust else None
            entry.become(pixel, check)

    def find(self, trusts, near, close, pattern):
        model, is_break = self.model, self.is_break
        far_trust, near_trust, close_trust = trusts
        has_far, has_near = int(far_trust > 0), int(near_trust > 0)
        if near_trust:
            agrees = 0 if not close_trust else \
                1 if close.colour == near.colour else 2
            if self.is_it(near.colour, model.table("near")[
                    64 * near_trust + 32 * has_far + 8 * agrees +
                    2 * self.beside(near.colour) + is_break]):
                return near.colour
            if near.second is not None and self.is_it(
                    near.second, model.table("second")[
                        16 * near_trust + 8 * has_far +
                        2 * self.beside(near.second) + is_break]):
                return near.second
        if close_trust and self.is_it(close.colour, model.table("close")[
                32 * close_trust + 16 * has_far + 8 * has_near +
                2 * self.beside(close.colour) + is_break]):
            return close.colour
        for name, colour in (("left", self.left), ("above", self.above),
                             ("ground", model.ground)):
            if self.is_it(colour, model.table(name)[2 * pattern + is_break]):
                return colour
        return model.new_colour()
