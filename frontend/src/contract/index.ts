export * from "./accounts";
export * from "./api";
export { fetchJson, local, pkOf, request, RequestFailed, sentenceOf, type FailureKind } from "./http";
export * from "./manage";
export * from "./session";
export * from "./types";
