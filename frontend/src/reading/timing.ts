/** Active reading time: what passes while somebody is at work, counted per question; idle time is not counted. */
export interface Stopwatch {
  readonly lastActivity: number;
  readonly countedUntil: number;
  readonly isVisible: boolean;
  readonly question: string;
  readonly seconds: Readonly<Record<string, number>>;
}

export const idleAfterSeconds = 30;

export function startStopwatch(now: number, question: string): Stopwatch {
  return { lastActivity: now, countedUntil: now, isVisible: true, question, seconds: {} };
}

/** Count up to now; after the last sign of life only the idle span counts. Times are in milliseconds. */
export function countTime(watch: Stopwatch, now: number): Stopwatch {
  const end = Math.min(now, watch.lastActivity + idleAfterSeconds * 1000);
  const passed = watch.isVisible ? Math.max(0, end - watch.countedUntil) / 1000 : 0;
  const before = watch.seconds[watch.question] ?? 0;
  const seconds = passed > 0 ? { ...watch.seconds, [watch.question]: before + passed } : watch.seconds;
  return { ...watch, countedUntil: Math.max(now, watch.countedUntil), seconds };
}

export const noteActivity = (watch: Stopwatch, now: number): Stopwatch => ({ ...countTime(watch, now), lastActivity: now });
export const turnTo = (watch: Stopwatch, now: number, question: string): Stopwatch => ({ ...noteActivity(watch, now), question });

export function setVisible(watch: Stopwatch, now: number, isVisible: boolean): Stopwatch {
  return { ...countTime(watch, now), isVisible, lastActivity: isVisible ? now : watch.lastActivity };
}

/** Seconds as the wire has durations: HH:MM:SS.ffffff. */
export function toDuration(seconds: number): string {
  const whole = Math.max(0, seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  const rest = (whole % 60).toFixed(6).padStart(9, "0");
  return `${pad(Math.floor(whole / 3600))}:${pad(Math.floor((whole % 3600) / 60))}:${rest}`;
}
