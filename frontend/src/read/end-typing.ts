import type { KeyboardEvent } from "react";

/** Enter ends what is typed into a setting or a name; it does not end the case. */
export function endTyping(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== "Enter") return;
  event.stopPropagation();
  event.currentTarget.blur();
}
