import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

import { expect, test } from "vitest";

test("the generated types are what the server's description says", () => {
  const script = resolve(import.meta.dirname, "../../scripts/write-contract.mjs");
  expect(() => execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" })).not.toThrow();
}, 60_000);
