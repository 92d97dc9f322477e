import type { WireGeometry } from "./grid";
import type { Scene } from "./look";
import type { Finding } from "./pack";
import { indexPlane } from "./plane";
import { Grid } from "./grid";

/** What the server says of a whole slide. */
export interface SlideDescription {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly tile_size: number;
  readonly halvings: number;
  readonly geometry: WireGeometry;
  readonly findings: Finding[];
}

interface Tile {
  readonly picture: HTMLImageElement;
  state: "coming" | "there" | "failed";
}

const mostTiles = 400;
const fetchedAtOnce = 8;
/** Milliseconds until a tile that did not come is asked for again. */
const retryAfter = 5000;

/** A slide as its tiles: coarse ones show until the fine ones under the view have come. */
export class Slide {
  readonly grid: Grid;
  readonly #tiles = new Map<string, Tile>();
  #waiting = 0;

  constructor(
    readonly description: SlideDescription,
    private readonly tileUrl: (halvings: number, row: number, column: number) => string,
    private readonly onArrival: () => void,
  ) {
    this.grid = Grid.of([description.width, description.height, 1], description.geometry);
  }

  draw(target: CanvasRenderingContext2D, scene: Scene): void {
    const { width, height } = target.canvas;
    const { across, down, corner } = indexPlane(this.grid, scene.camera, width, height, scene.ratio);
    target.fillStyle = "#fff";
    target.fillRect(0, 0, width, height);
    const determinant = across[0] * down[1] - down[0] * across[1] || 1e-12;
    const [a, b, c, d] = [down[1] / determinant, -across[1] / determinant, -down[0] / determinant, across[0] / determinant];
    const corners = [[0, 0], [width, 0], [0, height], [width, height]].map(([x = 0, y = 0]) => [corner[0] + across[0] * x + down[0] * y, corner[1] + across[1] * x + down[1] * y] as const);
    const view = { left: Math.min(...corners.map(([i]) => i)), right: Math.max(...corners.map(([i]) => i)), top: Math.min(...corners.map(([, j]) => j)), bottom: Math.max(...corners.map(([, j]) => j)) };
    const wanted = Math.max(0, Math.min(this.description.halvings, Math.floor(Math.log2(Math.max(1, Math.hypot(across[0], across[1]))))));
    target.imageSmoothingEnabled = true;
    for (let halvings = this.description.halvings; halvings >= wanted; halvings -= 1) {
      const isAsked = halvings === wanted || halvings === this.description.halvings;
      for (const { row, column, size } of this.#inView(view, halvings)) {
        const tile = this.#tile(halvings, row, column, isAsked);
        if (!tile || tile.state === "coming" || (tile.state === "failed" && halvings !== wanted)) continue;
        const scale = 2 ** halvings;
        const [i, j] = [column * size - 0.5 - corner[0], row * size - 0.5 - corner[1]];
        target.setTransform(a * scale, b * scale, c * scale, d * scale, a * i + c * j + 0.5, b * i + d * j + 0.5);
        if (tile.state === "there") target.drawImage(tile.picture, 0, 0);
        else crossOut(target, Math.min(size, this.description.width - column * size) / scale, Math.min(size, this.description.height - row * size) / scale);
      }
    }
    target.setTransform(1, 0, 0, 1, 0, 0);
  }

  #inView(view: { left: number; right: number; top: number; bottom: number }, halvings: number) {
    const size = this.description.tile_size * 2 ** halvings;
    const found: { row: number; column: number; size: number }[] = [];
    const last = (length: number) => Math.ceil(length / size) - 1;
    for (let row = Math.max(0, Math.floor(view.top / size)); row <= Math.min(last(this.description.height), Math.floor(view.bottom / size)); row += 1) {
      for (let column = Math.max(0, Math.floor(view.left / size)); column <= Math.min(last(this.description.width), Math.floor(view.right / size)); column += 1) found.push({ row, column, size });
    }
    return found;
  }

  #tile(halvings: number, row: number, column: number, isAsked: boolean): Tile | undefined {
    const key = [halvings, row, column].join("/");
    const found = this.#tiles.get(key);
    if (found) {
      this.#tiles.delete(key);
      this.#tiles.set(key, found);
      return found;
    }
    if (!isAsked || this.#waiting >= fetchedAtOnce) return undefined;
    const tile: Tile = { picture: new Image(), state: "coming" };
    this.#waiting += 1;
    const settle = (state: Tile["state"]) => {
      tile.state = state;
      this.#waiting -= 1;
      this.onArrival();
    };
    tile.picture.onload = () => settle("there");
    tile.picture.onerror = () => {
      settle("failed");
      setTimeout(() => {
        if (this.#tiles.get(key) === tile) this.#tiles.delete(key);
        this.onArrival();
      }, retryAfter);
    };
    tile.picture.src = this.tileUrl(halvings, row, column);
    this.#tiles.set(key, tile);
    for (const old of [...this.#tiles.keys()].slice(0, -mostTiles)) this.#tiles.delete(old);
    return tile;
  }
}

/** Mark a part that cannot be shown: left white it would pass for glass without tissue. */
function crossOut(target: CanvasRenderingContext2D, width: number, height: number): void {
  target.fillStyle = "rgba(128, 128, 128, 0.6)";
  target.fillRect(0, 0, width, height);
  target.strokeStyle = "#444";
  target.lineWidth = Math.max(1, width / 128);
  target.beginPath();
  target.moveTo(0, 0);
  target.lineTo(width, height);
  target.moveTo(width, 0);
  target.lineTo(0, height);
  target.stroke();
}
