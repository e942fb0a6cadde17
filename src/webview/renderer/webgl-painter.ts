/** Paints densities with WebGL2. One context for the whole page: panels lie side by side in one drawing buffer and are copied out. */
import type { StagePicture } from "../../protocol/model";
import { type ColorTable, ENTRIES } from "../colormaps";
import { fieldOf } from "./field";
import type { HeatJob, HeatPainter } from "./heat-job";
import { rangeOf } from "./scale";
import { FRAGMENT, MOST_LINES, VERTEX } from "./shaders";
import { packShelves } from "./shelves";

const KEPT_FIELDS = 40; // textures of pictures; more than the panels that are visible at once
const LARGEST_BUFFER = 4096; // device pixels per side; every WebGL2 device has them

type Uniforms = ReadonlyMap<string, WebGLUniformLocation>;

export class WebglPainter implements HeatPainter {
  private program: WebGLProgram | null = null;
  private uniforms: Uniforms = new Map();
  private readonly fields = new Map<StagePicture, WebGLTexture>(); // oldest use first
  private readonly tables = new Map<ColorTable, WebGLTexture>();

  private constructor(
    private readonly canvas: OffscreenCanvas,
    private readonly gl: WebGL2RenderingContext,
    onRestored: () => void,
  ) {
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // otherwise it is never restored
      this.forget();
    });
    canvas.addEventListener("webglcontextrestored", onRestored);
  }

  /** Null where the machine offers no WebGL2. */
  static create(onRestored: () => void): WebglPainter | null {
    const canvas = new OffscreenCanvas(1, 1);
    const gl = canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false, stencil: false });
    return gl ? new WebglPainter(canvas, gl, onRestored) : null;
  }

  paint(jobs: readonly HeatJob[]): boolean {
    if (this.gl.isContextLost()) return false;
    if (!this.program && !this.prepare()) return false;
    const sides = jobs.map((job) => job.target.canvas.width);
    for (const shelf of packShelves(sides, LARGEST_BUFFER)) {
      this.fit(shelf.width, shelf.height);
      for (const { index, x, y } of shelf.panels) this.draw(jobs[index] as HeatJob, x, y);
      // One copy of the whole buffer: a canvas as the source would be read back anew for every panel.
      const buffer = this.canvas.transferToImageBitmap();
      for (const { index, x, y } of shelf.panels) copyOut(jobs[index] as HeatJob, buffer, x, y);
      buffer.close();
    }
    return !this.gl.isContextLost();
  }

  private prepare(): boolean {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(kind);
      if (!shader) return false; // the context was lost in between
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
    gl.useProgram(program);
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
    const uniforms = new Map<string, WebGLUniformLocation>();
    for (let i = 0; i < count; i++) {
      const name = gl.getActiveUniform(program, i)?.name ?? "";
      const location = gl.getUniformLocation(program, name);
      if (location) uniforms.set(name.replace("[0]", ""), location);
    }
    gl.uniform1i(uniforms.get("field") ?? null, 0);
    gl.uniform1i(uniforms.get("table") ?? null, 1);
    gl.enable(gl.SCISSOR_TEST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.program = program;
    this.uniforms = uniforms;
    return true;
  }

  /** After a loss all objects are void. */
  private forget(): void {
    this.program = null;
    this.fields.clear();
    this.tables.clear();
  }

  private fit(width: number, height: number): void {
    if (this.canvas.width < width) this.canvas.width = width;
    if (this.canvas.height < height) this.canvas.height = height;
  }

  private draw(job: HeatJob, x: number, y: number): void {
    const { gl } = this;
    const side = job.target.canvas.width;
    const { max } = rangeOf(job.picture);
    gl.viewport(x, y, side, side);
    gl.scissor(x, y, side, side);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.field(job.picture));
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.table(job.table));
    gl.uniform2f(this.at("origin"), x, y);
    gl.uniform1f(this.at("side"), side);
    gl.uniform1f(this.at("resolution"), job.picture.resolution);
    gl.uniform1f(this.at("pixelRatio"), job.pixelRatio);
    gl.uniform1i(this.at("heat"), job.heat ? 1 : 0);
    gl.uniform1i(this.at("logarithmic"), job.scale.quantity === "logDensity" ? 1 : 0);
    gl.uniform1f(this.at("top"), job.scale.top - max);
    gl.uniform1f(this.at("span"), Math.max(job.scale.top - job.scale.bottom, 1e-6));
    gl.uniform3f(this.at("ink"), job.ink[0] / 255, job.ink[1] / 255, job.ink[2] / 255);
    const lines = job.isoLines.slice(0, MOST_LINES);
    gl.uniform1i(this.at("lineCount"), lines.length);
    if (lines.length > 0) {
      gl.uniform4fv(
        this.at("lines"),
        lines.flatMap((line) => [line.level - max, line.width, line.opacity, line.dotted ? 1 : 0]),
      );
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4); // covers the panel, so nothing of an older one remains
  }

  private at(name: string): WebGLUniformLocation | null {
    return this.uniforms.get(name) ?? null;
  }

  private field(picture: StagePicture): WebGLTexture {
    const { gl } = this;
    const kept = this.fields.get(picture);
    if (kept) {
      this.fields.delete(picture);
      this.fields.set(picture, kept);
      return kept;
    }
    const texture = this.newTexture(gl.LINEAR);
    const n = picture.resolution;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG16F, n, n, 0, gl.RG, gl.HALF_FLOAT, fieldOf(picture));
    this.fields.set(picture, texture);
    const [oldest] = this.fields;
    if (oldest && this.fields.size > KEPT_FIELDS) {
      gl.deleteTexture(oldest[1]);
      this.fields.delete(oldest[0]);
    }
    return texture;
  }

  private table(colors: ColorTable): WebGLTexture {
    const { gl } = this;
    const kept = this.tables.get(colors);
    if (kept) return kept;
    const texture = this.newTexture(gl.LINEAR);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, ENTRIES, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(colors));
    this.tables.set(colors, texture);
    return texture;
  }

  /** Clamped at the edge: with the default wrap the low end of a table shows its high colour. */
  private newTexture(filter: number): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }
}

/** Rows of the buffer count upwards, those of the picture downwards. */
function copyOut({ target }: HeatJob, buffer: ImageBitmap, x: number, y: number): void {
  const side = target.canvas.width;
  target.clearRect(0, 0, side, side);
  target.drawImage(buffer, x, buffer.height - y - side, side, side, 0, 0, side, side);
}
