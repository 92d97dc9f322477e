import { expect, it } from "vitest";

import type { PackHeader } from "../imaging";

import { isInPatient, letterFor } from "./letters";

const header = (change: Partial<PackHeader>): PackHeader => ({
  name: "x",
  modality: "CT",
  shape: [50, 512, 512],
  dtype: "<i2",
  color: "GRAY",
  time_points: 1,
  geometry: { origin: [0, 0, 0], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], spacing: [1, 1, 1], slice_step: null },
  findings: [],
  scales: [],
  windows: [],
  is_inverted: false,
  frame_seconds: null,
  facts: { SOPClassUID: "1.2", FrameOfReferenceUID: "1.3" },
  ...change,
});

it("names the sides of a volume by its directions", () => {
  expect(letterFor(header({}), [1, 0, 0])).toBe("L");
  expect(letterFor(header({ facts: {} }), [0, 1, 0])).toBe("P");
});

it("makes up no side for a projection, a photograph or an image whose orientation is not recorded", () => {
  expect(letterFor(header({ modality: "CR", shape: [440, 440], facts: { SOPClassUID: "1.2" } }), [1, 0, 0])).toBe("");
  expect(letterFor(header({ modality: "US", shape: [30, 240, 320, 3], color: "RGB", time_points: 30 }), [1, 0, 0])).toBe("");
  expect(letterFor(header({ modality: "", shape: [100, 100, 3], color: "RGB", facts: {} }), [0, 1, 0])).toBe("");
  expect(isInPatient(header({ findings: [{ kind: "missing-orientation", message: "", frames: [] }] }))).toBe(false);
});

it("takes the sides of a projection from what it says of its rows and columns, also when it is flipped", () => {
  const plate = header({ modality: "DX", shape: [440, 440], facts: { SOPClassUID: "1.2", PatientOrientation: ["L", "F"] } });
  expect(letterFor(plate, [1, 0, 0])).toBe("L");
  expect(letterFor(plate, [-1, 0, 0])).toBe("R");
  expect(letterFor(plate, [0, 1, 0])).toBe("F");
  expect(letterFor(header({ ...plate, facts: { SOPClassUID: "1.2", PatientOrientation: ["P", "FR"] } }), [0, -1, 0])).toBe("HL");
  expect(letterFor(header({ ...plate, facts: { SOPClassUID: "1.2", PatientOrientation: ["<b>", "F"] } }), [1, 0, 0])).toBe("");
});

it("shows the sides of an ultrasound volume or a tomosynthesis whose planes stand somewhere in the patient", () => {
  expect(letterFor(header({ modality: "MG", geometry: { ...header({}).geometry, directions: [[0, 1, 0], [0, 0, -1], [-1, 0, 0]] } }), [0, 1, 0])).toBe("P");
});
