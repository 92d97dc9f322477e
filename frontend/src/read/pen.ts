/**
 * Only one tab of a browser writes into a study. The tab that opens it takes the pen; another one is told, may take it
 * over, and gets it when the first is closed.
 */
export function holdPen(name: string, onChange: (isElsewhere: boolean) => void): { take: () => void; release: () => void } {
  const locks = (navigator as { locks?: LockManager }).locks;
  let release: () => void = () => undefined;
  let isClosed = false;
  const held = () =>
    new Promise<void>((done) => {
      release = done;
      if (isClosed) done();
      else onChange(false);
    });
  const ask = (options: LockOptions) => {
    void locks?.request(`readroom-pen-${name}`, options, (lock) => (lock ? held() : waitForPen())).catch(() => {
      if (!isClosed) void waitForPen();
    });
  };
  const waitForPen = () => {
    onChange(true);
    setTimeout(() => !isClosed && ask({}), 0);
    return Promise.resolve();
  };
  ask({ ifAvailable: true });
  return {
    take: () => ask({ steal: true }),
    release: () => {
      isClosed = true;
      release();
    },
  };
}
