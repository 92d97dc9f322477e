export * from "./lut";
export * from "./moving";
export * from "./protocol";
export * from "./windows";
