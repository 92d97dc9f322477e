import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const deep = {
  regex: "^\\.\\./(contract|reading|hanging|imaging|ui|read|manage|library)/.+",
  message: "A folder is entered by its index.",
};
const pixels = { group: ["@cornerstonejs/*", "fzstd"], message: "Only src/imaging decodes and draws pixels." };
const react = { group: ["react", "react-dom", "react/*", "@mantine/*", "@tanstack/*"], message: "This folder is pure." };
const folders = (...names) => ({ regex: `^(\\.\\./)+(${names.join("|")})$`, message: "This folder may not know that one." });

/** What a folder may not import. */
function zone(folder, ...patterns) {
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: { "no-restricted-imports": ["error", { patterns: [deep, ...patterns] }] },
  };
}

export default tseslint.config(
  { ignores: ["node_modules", "dist", "**/*.generated.ts"] },
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 120, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  zone("contract", pixels, react, folders("reading", "hanging", "imaging", "ui", "read", "manage", "library")),
  zone("reading", pixels, react, folders("hanging", "imaging", "ui", "read", "manage", "library")),
  zone("hanging", pixels, react, folders("reading", "imaging", "ui", "read", "manage", "library")),
  zone("imaging", react, folders("reading", "ui", "read", "manage", "library")),
  zone("ui", pixels, folders("contract", "reading", "hanging", "imaging", "read", "manage", "library")),
  zone("read", pixels, folders("manage", "library")),
  zone("manage", pixels, folders("read", "library")),
  zone("library", pixels, folders("read", "manage")),
);
