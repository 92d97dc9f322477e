/** How frames are played: whether now, how many a second, and from which to which. */
export interface Cine {
  readonly isPlaying: boolean;
  readonly framesPerSecond: number;
  readonly first: number;
  readonly last: number;
}

const fastest = 60;

/** All frames, at the pace they were taken. */
export function startCine(frames: number, secondsPerFrame: number | null): Cine {
  const pace = secondsPerFrame && secondsPerFrame > 0 ? Math.round(1 / secondsPerFrame) : 10;
  return { isPlaying: false, framesPerSecond: Math.min(fastest, Math.max(1, pace)), first: 0, last: Math.max(0, frames - 1) };
}

/** Another pace or range, kept to what there is; an end that passes the other takes it along. */
export function changeCine(cine: Cine, change: Partial<Cine>, frames: number): Cine {
  const within = (frame: number) => Math.min(Math.max(0, frames - 1), Math.max(0, Math.round(frame)));
  const next = { ...cine, ...change };
  const first = within(next.first);
  const last = within(next.last);
  const isLastMoved = change.last !== undefined;
  return {
    isPlaying: next.isPlaying,
    framesPerSecond: Math.min(fastest, Math.max(1, Math.round(next.framesPerSecond) || 1)),
    first: isLastMoved ? Math.min(first, last) : first,
    last: isLastMoved ? last : Math.max(first, last),
  };
}

/** The frame after this one; begins again at the end of the range. With a choice of frames only those are played. */
export function nextFrame({ first, last }: Cine, at: number, among: readonly number[] | null = null): number {
  if (!among) return at < first || at >= last ? first : at + 1;
  const played = among.filter((frame) => frame >= first && frame <= last);
  return played.find((frame) => frame > at) ?? played[0] ?? at;
}
