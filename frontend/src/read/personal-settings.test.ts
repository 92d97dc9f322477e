import { describe, expect, it } from "vitest";

import type { Json } from "../contract";

import { cleanSettings, PersonalSettings } from "./personal-settings";

/** An account and two browsers of one person, with a clock that tests turn. */
function makeWorld() {
  const account = { settings: {} as Readonly<Record<string, Json>>, isReachable: true, puts: 0 };
  const port = {
    fetch: () => (account.isReachable ? Promise.resolve(account.settings) : Promise.reject(new Error("offline"))),
    put: (settings: Readonly<Record<string, Json>>) => {
      if (!account.isReachable) return Promise.reject(new Error("offline"));
      account.settings = settings;
      account.puts += 1;
      return Promise.resolve();
    },
  };
  let now = 1000;
  const clock = { now: () => (now += 1), later: () => () => undefined };
  const browser = () => {
    const kept = new Map<string, string>();
    const shelf = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
    return { open: (person = "ann") => new PersonalSettings(person, shelf, port, clock) };
  };
  return { account, browser };
}

describe("settings of a person", () => {
  it("follow the account to another browser", async () => {
    const { browser } = makeWorld();
    const office = browser().open();
    office.keep({ panelSide: "left", keys: { Q: "pan" } });
    await office.sync();
    const home = browser().open();
    await home.sync();
    expect(home.store.get()).toEqual({ panelSide: "left", keys: { Q: "pan" } });
  });

  it("are kept in this browser without a server, and sent when it is back", async () => {
    const { account, browser } = makeWorld();
    const here = browser();
    account.isReachable = false;
    here.open().keep({ panelWidth: 420 });
    await here.open().sync();
    expect(here.open().store.get()).toEqual({ panelWidth: 420 });
    account.isReachable = true;
    await here.open().sync();
    expect(account.settings).toMatchObject({ panelWidth: 420 });
  });

  it("go by the last edit, whichever browser comes back first", async () => {
    const { browser } = makeWorld();
    const [office, home] = [browser().open(), browser().open()];
    office.keep({ panelSide: "left" });
    home.keep({ panelSide: "right" });
    await home.sync();
    await office.sync();
    expect(office.store.get().panelSide).toBe("right");
  });

  it("are not sent again when nothing was changed", async () => {
    const { account, browser } = makeWorld();
    const settings = browser().open();
    settings.keep({ scheme: "light" });
    await settings.sync();
    await settings.sync();
    expect(account.puts).toBe(1);
  });

  it("belong to one person of a browser that two share", () => {
    const shared = makeWorld().browser();
    shared.open("ann").keep({ panelSide: "left" });
    expect(shared.open("bob").store.get()).toEqual({});
  });

  it("leave alone what they do not know, and take nothing that cannot be", async () => {
    const { account, browser } = makeWorld();
    account.settings = { editedAt: 5, later: { than: "this version" }, keys: { Q: "explode", W: "window" }, panelWidth: 9000, panelSide: "above" };
    const settings = browser().open();
    await settings.sync();
    expect(settings.store.get()).toEqual({ keys: { W: "window" }, panelWidth: 640 });
    settings.keep({ panelSide: "left" });
    await settings.sync();
    expect(account.settings).toMatchObject({ later: { than: "this version" }, panelSide: "left" });
    expect(cleanSettings({ keys: [1] as Json, scheme: "auto" })).toEqual({ scheme: "auto" });
  });
});
