export * from "./acts";
export * from "./notes";
export * from "./path";
export * from "./store";
export * from "./theme";
