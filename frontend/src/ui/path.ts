import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

/** The path of the address bar, and its query. */
export function usePath(): { path: string; query: URLSearchParams } {
  const whole = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  const [path = "/", query = ""] = whole.split("?");
  return { path, query: new URLSearchParams(query) };
}
