export * from "./lut";
export * from "./protocol";
export * from "./windows";
