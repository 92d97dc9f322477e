export * from "./accounts";
export * from "./api";
export { fetchJson, local, pkOf, request, RequestFailed, sentenceOf, type FailureKind } from "./http";
export * from "./session";
export * from "./types";
