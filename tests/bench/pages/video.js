// SPDX-License-Identifier: GPL-3.0-or-later
// A film drawn by the page: two photographs under a moving camera, a body that
// swings across, light that changes, and grain. 640x360, 30 frames a second.
// 16 cells of 8x8 pixels in the left upper and the right lower corner carry
// the number of the frame: the highest bit at the left, white is 1.
'use strict';

const canvas = document.querySelector('canvas');
const context = canvas.getContext('2d', {alpha: false});
const scenes = [3, 7].map((number) => {
  const image = new Image();
  image.src = `/photos/${setName}${number}.jpg`;
  return image;
});

function makeGrain() {
  const tile = new OffscreenCanvas(canvas.width + 64, canvas.height + 64);
  const inner = tile.getContext('2d');
  const data = inner.createImageData(tile.width, tile.height);
  for (let i = 0; i < data.data.length; i += 4) {
    const value = 64 + random(64) + random(64) + random(64);
    data.data.fill(value, i, i + 3);
    data.data[i + 3] = 14;
  }
  inner.putImageData(data, 0, 0);
  return tile;
}

function drawScene(image, frame) {
  const zoom = 1.25 + 0.2 * Math.sin(frame / 90);
  const width = Math.min(image.width, image.height * 16 / 9) / zoom;
  const height = width * 9 / 16;
  const x = (image.width - width) * (0.5 + 0.5 * Math.sin(frame / 70));
  const y = (image.height - height) * (0.5 + 0.5 * Math.cos(frame / 55));
  context.drawImage(image, x, y, width, height, 0, 0, canvas.width, canvas.height);
}

function drawBody(frame) {
  const x = canvas.width * (0.5 + 0.42 * Math.sin(frame / 17));
  const y = canvas.height * (0.55 + 0.25 * Math.cos(frame / 11));
  const shade = context.createRadialGradient(x - 15, y - 18, 4, x, y, 52);
  shade.addColorStop(0, '#fff2d8');
  shade.addColorStop(0.5, '#c8702a');
  shade.addColorStop(1, '#40180a');
  context.fillStyle = shade;
  context.beginPath();
  context.arc(x, y, 50, 0, 7);
  context.fill();
}

function drawNumber(frame, x, y) {
  for (let bit = 0; bit < 16; bit++) {
    context.fillStyle = frame >> (15 - bit) & 1 ? '#fff' : '#000';
    context.fillRect(x + bit * 8, y, 8, 8);
  }
}

let frame = 0;
function draw(grain) {
  frame++;
  drawScene(scenes[Math.floor(frame / 120) % 2], frame);
  drawBody(frame);
  context.fillStyle = `rgba(20, 10, 60, ${0.12 + 0.1 * Math.sin(frame / 23)})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(grain, -random(64), -random(64));
  drawNumber(frame, 0, 0);
  drawNumber(frame, canvas.width - 128, canvas.height - 8);
}

Promise.all(scenes.map((image) => image.decode())).then(() => {
  const grain = makeGrain();
  const begin = performance.now();
  setInterval(() => {
    // Late ticks do not add up: a frame belongs to its thirtieth of a second.
    if ((performance.now() - begin) * 30 / 1000 >= frame) draw(grain);
  }, 1000 / 120);
});
