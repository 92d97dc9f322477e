import { expect, test } from "vitest";

import { parseExactly } from "./exact-json";
import type { Json } from "./types";

test("whole numbers that a number of the browser cannot hold keep their digits", () => {
  const text = '{"a":9223372036854775807,"b":[-9007199254740993,9007199254740991],"c":{"d":9007199254740992,"e":9007199254740993}}';
  expect(parseExactly(text)).toEqual({ a: "9223372036854775807", b: ["-9007199254740993", 9007199254740991], c: { d: 9007199254740992, e: "9007199254740993" } });
});

test("everything else is as JSON has it", () => {
  const text = '{"a":0.12345678901234567,"b":"12345678901234567890","c":1e300,"d":[true,null,1.5,-1e-7],"f\\"12345678901234567890":"a\\\\","e":12345678901234567890.5,"g":1000000000000000000000000000000}';
  expect(parseExactly(text)).toEqual(JSON.parse(text) as Json);
});
