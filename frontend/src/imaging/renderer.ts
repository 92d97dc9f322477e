import type { PackImage } from "./image";
import type { Level } from "./level";
import type { Scene } from "./look";
import { indexPlane, type IndexPlane } from "./plane";
import { fragmentShader, vertexShader, type ShaderKind } from "./shaders";
import { upload, Volumes, type Texture } from "./textures";

/** Draws an image's plane into a viewport's canvas; says whether it could. */
export interface Renderer {
  /** The processor draws: canvases are best kept in its memory. */
  readonly isSoftware: boolean;
  draw(target: CanvasRenderingContext2D, image: PackImage, scene: Scene, slot: string): boolean;
  forget(slot: string): void;
}

interface Program {
  readonly handle: WebGLProgram;
  readonly where: (name: string) => WebGLUniformLocation | null;
}

const methods = { Average: 0, Maximum: 1, Minimum: 2 } as const;

/** Whether the processor only plays a graphics card, as on many virtual desktops. */
function isImitation(gl: WebGL2RenderingContext): boolean {
  const facts = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(facts ? facts.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

/** One WebGL context for all viewports: textures are shared, and browsers allow only a few contexts. */
export class WebGlRenderer implements Renderer {
  readonly isSoftware = false;
  #gl: WebGL2RenderingContext;
  readonly #canvas: HTMLCanvasElement;
  #programs = new Map<string, Program>();
  #volumes: Volumes;
  #slots = new Map<string, { texture: Texture; level: Level; frame: number }>();
  /** The card was taken away for a while: another program crashed it, or the machine slept. */
  #isLost = false;

  private constructor(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext, onChange: () => void) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#volumes = new Volumes(gl);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#isLost = true;
      onChange();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.#programs = new Map();
      this.#volumes = new Volumes(gl);
      this.#slots = new Map();
      this.#isLost = false;
      onChange();
    });
  }

  /** The renderer, or nothing where the browser has no WebGL 2 or only an imitation of it, which is slower than none. */
  static start(onChange: () => void, isImitationWelcome = false): WebGlRenderer | undefined {
    const canvas = document.createElement("canvas");
    const gl = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: !isImitationWelcome, alpha: false, antialias: false, depth: false, preserveDrawingBuffer: true, powerPreference: "high-performance" });
    if (!gl || (!isImitationWelcome && isImitation(gl))) return undefined;
    return new WebGlRenderer(canvas, gl, onChange);
  }

  forget(slot: string): void {
    const held = this.#slots.get(slot);
    if (held) this.#gl.deleteTexture(held.texture.handle);
    this.#slots.delete(slot);
  }

  draw(target: CanvasRenderingContext2D, image: PackImage, scene: Scene, slot: string): boolean {
    const { grid } = image;
    const { width, height } = target.canvas;
    if (!grid || this.#isLost || width === 0 || height === 0) return false;
    const plane = indexPlane(grid, scene.camera, width, height, scene.ratio, scene.look);
    const chosen = this.#textureFor(image, plane, scene.look.time, slot);
    if (!chosen) return false;
    this.#resize(width, height);
    this.#paint(image, plane, scene, chosen.texture, chosen.level, height);
    target.drawImage(this.#canvas, 0, this.#canvas.height - height, width, height, 0, 0, width, height);
    return true;
  }

  #resize(width: number, height: number): void {
    if (this.#canvas.width < width) this.#canvas.width = width;
    if (this.#canvas.height < height) this.#canvas.height = height;
    this.#gl.viewport(0, 0, width, height);
    this.#gl.enable(this.#gl.SCISSOR_TEST);
    this.#gl.scissor(0, 0, width, height);
  }

  #textureFor(image: PackImage, plane: IndexPlane, time: number, slot: string): { texture: Texture; level: Level } | undefined {
    if (plane.slice === null && image.slices > 1) return this.#volumes.find(image, time);
    const slice = Math.min(image.slices - 1, Math.max(0, plane.slice ?? 0));
    const frame = time * image.slices + slice;
    const limit = this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE) as number;
    const level = image.finestOf(frame, limit);
    if (!level) return undefined;
    const held = this.#slots.get(slot);
    if (held?.frame === frame && held.level === level) return held;
    this.forget(slot);
    const fresh = { texture: upload(this.#gl, image, level, frame, 1), level, frame };
    this.#slots.set(slot, fresh);
    return fresh;
  }

  #paint(image: PackImage, plane: IndexPlane, { look }: Scene, texture: Texture, level: Level, height: number): void {
    const gl = this.#gl;
    const isVolume = texture.slices > 1;
    const { handle, where } = this.#program({ sampler: texture.sampler, isVolume, isColor: image.isColor });
    const [slope, intercept] = image.scale(look.time * image.slices + Math.max(0, Math.min(image.slices - 1, plane.slice ?? 0)));
    const coarseness = Math.hypot(...plane.across) * 2 ** -level.level;
    gl.useProgram(handle);
    gl.bindTexture(isVolume ? gl.TEXTURE_3D : gl.TEXTURE_2D, texture.handle);
    gl.uniform3fv(where("corner"), plane.slice === null ? plane.corner : [plane.corner[0], plane.corner[1], plane.slice]);
    gl.uniform3fv(where("across"), plane.across);
    gl.uniform3fv(where("down"), plane.down);
    gl.uniform3fv(where("through"), plane.through);
    gl.uniform3fv(where("size"), image.grid?.size ?? [1, 1, 1]);
    gl.uniform3i(where("stored"), texture.columns, texture.rows, texture.slices);
    gl.uniform1f(where("shrink"), 2 ** -level.level);
    gl.uniform1f(where("height"), height);
    gl.uniform1i(where("samples"), plane.samples);
    gl.uniform1i(where("method"), plane.samples > 1 ? methods[look.slab.method] : 0);
    gl.uniform1i(where("taps"), plane.samples > 1 ? 1 : Math.max(1, Math.min(4, Math.round(coarseness))));
    gl.uniform1i(where("isSmooth"), look.isSmooth || level.level > 0 ? 1 : 0);
    gl.uniform1i(where("isDeep"), isVolume && plane.samples === 1 ? 1 : 0);
    gl.uniform1i(where("isInverted"), look.isInverted ? 1 : 0);
    gl.uniform2f(where("scale"), slope, intercept);
    gl.uniform2f(where("window"), look.window.center - look.window.width / 2, look.window.center + look.window.width / 2);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #program(kind: ShaderKind): Program {
    const name = JSON.stringify(kind);
    const found = this.#programs.get(name);
    if (found) return found;
    const gl = this.#gl;
    const handle = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertexShader], [gl.FRAGMENT_SHADER, fragmentShader(kind)]] as const) {
      const shader = gl.createShader(type);
      if (!shader) throw new Error("The graphics card refuses to draw.");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "A shader does not compile.");
      gl.attachShader(handle, shader);
    }
    gl.linkProgram(handle);
    const places = new Map<string, WebGLUniformLocation | null>();
    const where = (uniform: string) => {
      if (!places.has(uniform)) places.set(uniform, gl.getUniformLocation(handle, uniform));
      return places.get(uniform) ?? null;
    };
    const program = { handle, where };
    this.#programs.set(name, program);
    return program;
  }
}
