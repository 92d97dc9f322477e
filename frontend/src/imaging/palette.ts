/** 256 RGBA entries, not premultiplied. */
export type Palette = Uint8ClampedArray;
