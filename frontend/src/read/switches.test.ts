import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { hiddenParts, restingTool, switches, type Switch, type Switches } from "./switches";

const names = Object.keys(switches) as Switch[];
const allOn = Object.fromEntries(names.map((name) => [name, true])) as Switches;
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("switches of the viewer settings", () => {
  it("hide nothing where a study has no settings, or all are on", () => {
    expect([...hiddenParts(null)]).toEqual([]);
    expect([...hiddenParts(allOn)]).toEqual([]);
  });

  it.each(names)("%s hides its own parts and no others", (name) => {
    expect(new Set(hiddenParts({ ...allOn, [name]: false }))).toEqual(new Set(switches[name]));
  });

  it("leave the hand a tool that is there", () => {
    expect(restingTool(null)).toBe("window");
    expect(restingTool({ ...allOn, show_invert_tool: false })).toBe("window");
    expect(restingTool({ ...allOn, show_window_level_tool: false })).toBe("scroll");
  });

  it("are all told of in the guide: what each hides, or that there is no such tool", () => {
    const known = (JSON.parse(read("contract/openapi.json")) as { components: { schemas: { ConfigIn: { properties: object } } } }).components.schemas.ConfigIn.properties;
    const guide = read("docs/how-to/lay-out-cases.md");
    const told = Object.keys(known).filter((name) => /^show_.*_(tool|plugin)$/.test(name));
    expect(told.length).toBeGreaterThan(names.length);
    expect(told.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
    const effective = [...guide.matchAll(/^\| `(show_\w+)` \|/gm)].map(([, name]) => name);
    expect(effective.sort()).toEqual([...names].sort());
  });
});
