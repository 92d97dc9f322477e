export * from "./files";
export * from "./interpolate";
export * from "./tools";
export * from "./volume";
