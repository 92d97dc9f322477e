import type { Hung } from "../hanging";

/** A whole slide. */
export function SlidePane({ style }: { hung: Hung; style: React.CSSProperties }) {
  return <div className="viewport" style={style} />;
}
