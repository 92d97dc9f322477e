import type { Hung } from "./protocol";

/** How far a viewport was moved by hand, in fractions of the area. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

type Place = Hung["place"];

const whole: Place = { x: 0, y: 0, w: 1, h: 1 };
const slack = 1e-6;

const isInside = (place: Place, area: Place): boolean =>
  place.x >= area.x - slack && place.y >= area.y - slack && place.x + place.w <= area.x + area.w + slack && place.y + place.h <= area.y + area.h + slack;

const between = (least: number, value: number, most: number): number => Math.max(least, Math.min(value, most));

/** How far a viewport may be moved: within its parent when it hangs there, else within the whole area. */
export function boundShift({ place, parent }: Hung, all: readonly Hung[], { x, y }: Shift): Shift {
  const around = all.find(({ name }) => name === parent)?.place ?? whole;
  const area = isInside(place, around) ? around : whole;
  return {
    x: between(area.x - place.x, x, area.x + area.w - place.w - place.x),
    y: between(area.y - place.y, y, area.y + area.h - place.h - place.y),
  };
}

/** Where a viewport stands after it was moved. */
export const shifted = (place: Place, { x, y }: Shift): Place => ({ ...place, x: place.x + x, y: place.y + y });
