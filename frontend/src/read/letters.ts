import { letterOf, type P3, type PackHeader } from "../imaging";

/** Images that are no planes of the patient; they may say by themselves which way they are turned. */
const projections: readonly string[] = ["CR", "DX", "MG", "XA", "RF", "US", "IVUS", "OP", "XC", "ES", "GM", "SM", "IO", "PX"];
const opposite: Readonly<Record<string, string>> = { R: "L", L: "R", A: "P", P: "A", H: "F", F: "H" };

const isStraight = ({ geometry }: PackHeader) => geometry.directions.every((direction, axis) => Math.abs(direction[axis] ?? 0) > 0.999);

/** Whether the axes of an image are the patient's, as far as its header says. */
export function isInPatient(header: PackHeader): boolean {
  if (header.findings.some(({ kind }) => kind === "missing-orientation")) return false;
  const { facts = {} } = header;
  if (!isStraight(header)) return true;
  if (facts["SOPClassUID"]) return Boolean(facts["FrameOfReferenceUID"]) && !projections.includes(header.modality);
  const spatial = header.shape.length - (header.color === "GRAY" ? 0 : 1) - (header.time_points > 1 ? 1 : 0);
  return spatial > 2;
}

/** The letter of a direction on the screen: of the patient's axes, else of what a projection says of its rows and columns. */
export function letterFor(header: PackHeader, direction: P3): string {
  if (isInPatient(header)) return letterOf(direction);
  const told: unknown = header.facts?.["PatientOrientation"];
  const axis = Math.abs(direction[0]) > Math.abs(direction[1]) ? 0 : 1;
  const word: unknown = Array.isArray(told) && told.length === 2 ? told[axis] : "";
  if (typeof word !== "string" || !/^[RLAPHF]{1,3}$/.test(word)) return "";
  return direction[axis] > 0 ? word : [...word].map((letter) => opposite[letter] ?? "").join("");
}
