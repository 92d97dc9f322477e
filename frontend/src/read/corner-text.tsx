import { Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";

import type { Hung } from "../hanging";
import { multiplyDirection, type Finding, type P3, type PackHeader, type Viewport } from "../imaging";

import { letterFor } from "./letters";

const badges: Record<string, string> = {
  gap: "gap",
  "duplicate-position": "two slices at one place",
  "non-uniform-spacing": "uneven slices",
  "gantry-tilt": "tilted",
  "missing-position": "no positions",
  "missing-orientation": "no orientation",
  "uncalibrated-spacing": "uncalibrated",
  "detector-spacing": "detector scale",
  "assumed-slice-spacing": "slice distance assumed",
  "burned-in-annotation": "text in pixels",
  "lossy-compression": "lossy",
  "non-finite-values": "NaN",
  "colors-not-shown": "colours shown gray",
};

export function isCalibrated(findings: readonly Finding[]): boolean {
  return !findings.some(({ kind }) => kind === "uncalibrated-spacing");
}

const badgeWords = ({ kind, frames }: Finding) => `${badges[kind] ?? ""}${frames.length > 0 && frames.length <= 3 ? ` at ${frames.map((frame) => String(frame + 1)).join(", ")}` : ""}`;

const round = (value: number) => (Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3));

/** A length that is a round number and fits into a sixth of the viewport. */
function ScaleBar({ mmPerPixel, width, unit }: { mmPerPixel: number; width: number; unit: "mm" | "px" }) {
  const most = (mmPerPixel * width) / 5;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((factor) => factor * power).find((each) => each <= most) ?? power;
  const words = unit === "mm" && length >= 10 ? `${String(length / 10)} cm` : unit === "mm" && length < 1 ? `${String(Number((length * 1000).toPrecision(2)))} µm` : `${String(length)} ${unit}`;
  return (
    <div>
      {words} <span className="scalebar" style={{ width: length / mmPerPixel }} />
    </div>
  );
}

function Letters({ header, right, down, isSmall }: { header: PackHeader; right: P3; down: P3; isSmall: boolean }) {
  return (
    <>
      <span className="letter" style={{ left: 6, top: "50%" }}>{letterFor(header, multiplyDirection(right, -1))}</span>
      <span className="letter" style={{ right: 6, top: "50%" }}>{letterFor(header, right)}</span>
      <span className="letter" style={{ top: 4, left: "50%" }}>{letterFor(header, multiplyDirection(down, -1))}</span>
      <span className="letter" style={{ bottom: 6, ...(isSmall ? { right: 6 } : { left: "50%" }) }}>{letterFor(header, down)}</span>
    </>
  );
}

/** Two links of a chain: this viewport moves with others. */
function Chain() {
  return (
    <svg className="chain" viewBox="0 0 16 10" role="img" aria-label="linked">
      <rect x="1" y="2" width="8" height="6" rx="3" />
      <rect x="7" y="2" width="8" height="6" rx="3" />
    </svg>
  );
}

/** Below this width, in pixels, only what is needed to read stands in the corners. */
const smallWidth = 280;

interface Props {
  viewport: Viewport;
  hung: Hung;
  pointer: P3 | null;
  isLinked: boolean;
  isHidden: boolean;
}

/** What stands in the corners: slice, window, zoom, value under the pointer, what is doubtful about the geometry. */
export function CornerText({ viewport, hung, pointer, isLinked, isHidden }: Props) {
  useSyncExternalStore(viewport.subscribe, () => viewport.version);
  const { camera, image, look } = viewport;
  const { header } = image.index ?? {};
  if (!camera || !header) return null;
  const findings = header.findings.filter(({ kind }) => badges[kind]);
  const { index, count } = viewport.slice;
  const probe = pointer && viewport.probe(pointer);
  const isSmall = viewport.width < smallWidth;
  const unit = isCalibrated(header.findings) ? "mm" : "px";
  const zoom = viewport.grid ? Math.hypot(...viewport.grid.steps[0]) / (camera.mmPerPixel || 1) : 1;
  return (
    <>
      {findings.length > 0 && (
        <div className="corner tl" style={{ top: isHidden ? 6 : 6 + 18 * (hung.labels.length + 1) }}>
          {findings.slice(0, 4).map((finding) => (
            <Tooltip key={finding.kind} label={finding.message} multiline maw={320} withinPortal events={{ hover: true, focus: true, touch: true }}>
              <span className="badge" tabIndex={0} style={{ marginRight: 4 }}>
                {badgeWords(finding)}
              </span>
            </Tooltip>
          ))}
        </div>
      )}
      {!isHidden && (
        <>
          <div className="corner tl">
            {hung.labels.map((label) => (
              <div key={label}>{label}</div>
            ))}
            <div>
              {count > 1 && hung.shows.slice ? `${String(index + 1)} / ${String(count)}` : ""}
              {header.time_points > 1 ? `  ${count > 1 ? "t" : "frame"} ${String(look.time + 1)} / ${String(header.time_points)}` : ""}
              {isLinked && <Chain />}
            </div>
          </div>
          <div className="corner bl">
            {probe && hung.shows.value && (
              <div>
                {probe.isExact ? "" : "≈ "}
                {probe.values.map(round).join(" ")} {probe.unit} · {probe.index.map(String).join(" ")}
              </div>
            )}
            {pointer && probe && !isSmall && <div>{pointer.map((each) => each.toFixed(1)).join("  ")} {unit}</div>}
            <div>
              {image.isColor ? "" : `C ${round(look.window.center)} W ${round(look.window.width)}${isSmall ? "" : " · "}`}
              {look.slab.millimeters > 0 ? `${look.slab.method.toLowerCase()} ${round(look.slab.millimeters)} mm · ` : ""}{isSmall ? "" : `${(zoom * viewport.ratio * 100).toFixed(0)} %`}
            </div>
          </div>
          {!isSmall && (
            <div className="corner br">
              <ScaleBar mmPerPixel={camera.mmPerPixel} width={viewport.width} unit={unit} />
            </div>
          )}
          {!image.slide && <Letters header={header} right={camera.right} down={camera.down} isSmall={isSmall} />}
        </>
      )}
      {image.progress !== "full" && image.progress !== "failed" && (
        <div className="arrival" data-coarse={image.progress === "coarse"} style={{ width: `${String(Math.max(2, image.share * 100))}%` }} />
      )}
      {image.failure && image.progress !== "failed" && <span className="badge corner tr" role="alert">{image.failure}</span>}
    </>
  );
}
