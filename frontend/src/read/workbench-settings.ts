import { accountSettings, keepAccountSettings } from "../contract";

import { PersonalSettings, type Settings } from "./personal-settings";

const clock = {
  now: () => Date.now(),
  later: (act: () => void, ms: number) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

let opened: { person: string; settings: PersonalSettings } | undefined;

/** The settings of whoever is signed in; the account is asked as soon as they are opened. */
export function settingsOf(person: string): PersonalSettings {
  if (opened?.person !== person) {
    const port = { fetch: async () => (await accountSettings()).settings, put: keepAccountSettings };
    opened = { person, settings: new PersonalSettings(person, localStorage, port, clock) };
    void opened.settings.sync();
  }
  return opened.settings;
}

export const keepSettings = (change: Settings): void => opened?.settings.keep(change);

/** Whether this browser shall draw with WebGL even where it only imitates a graphics card. */
export function isGraphicsForced(): boolean {
  try {
    return (JSON.parse(localStorage.getItem("readroom-settings") ?? "{}") as { graphics?: string }).graphics === "always";
  } catch {
    return false;
  }
}
