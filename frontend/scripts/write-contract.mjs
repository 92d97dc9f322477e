import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

import openapiTS, { astToString } from "openapi-typescript";

// Types of what the server says it sends and takes; with --check only tells whether the file is what it would write.
const [, , mode] = process.argv;
const source = resolve(import.meta.dirname, "../../contract/openapi.json");
const target = resolve(import.meta.dirname, "../src/contract/wire.generated.ts");
const { openapi, info, components } = JSON.parse(readFileSync(source, "utf8"));
const nodes = await openapiTS({ openapi, info, paths: {}, components }, { rootTypes: true, rootTypesNoSchemaPrefix: true, silent: true });
const text = `// Written by \`npm run contract\` from contract/openapi.json; not edited by hand.\n${astToString(nodes)}`;

if (mode !== "--check") writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("src/contract/wire.generated.ts is not what contract/openapi.json says; run `npm run contract`.");
  process.exit(1);
}
