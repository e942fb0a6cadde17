/** The two programs text: a square, and a density with iso-lines on it. */

export const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
}`;

export const MOST_LINES = 5;

export const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D field;      // r: log-density below the picture's maximum, g: 1 where there is a value
uniform sampler2D table;      // 256 × 1
uniform vec2 origin;          // lower left corner of the panel, device pixels
uniform float side;           // device pixels
uniform float resolution;     // cells per side
uniform float pixelRatio;
uniform bool heat;
uniform bool logarithmic;
uniform float top;            // of the scale, below the picture's maximum
uniform float span;           // nats, logarithmic scale only
uniform vec3 ink;
uniform int lineCount;
uniform vec4 lines[${MOST_LINES}];   // level, width in device pixels, opacity, 1 if dotted
out vec4 color;

const float FLAT = 0.0015;    // nats per pixel; below it a level is an area, not a line

// Cubic through the cells (Catmull-Rom): keeps every value, and iso-lines of a coarse grid have no corners.
// Sixteen cells in nine filtered reads.
vec2 cubic(vec2 uv) {
  vec2 place = uv * resolution;
  vec2 cell = floor(place - 0.5) + 0.5;
  vec2 f = place - cell;
  vec2 w0 = f * (-0.5 + f * (1.0 - 0.5 * f));
  vec2 w1 = 1.0 + f * f * (-2.5 + 1.5 * f);
  vec2 w2 = f * (0.5 + f * (2.0 - 1.5 * f));
  vec2 w3 = f * f * (-0.5 + 0.5 * f);
  vec2 w12 = w1 + w2;
  vec2 a = (cell - 1.0) / resolution;
  vec2 b = (cell + w2 / w12) / resolution;
  vec2 c = (cell + 2.0) / resolution;
  return texture(field, vec2(a.x, a.y)).rg * w0.x * w0.y + texture(field, vec2(b.x, a.y)).rg * w12.x * w0.y
       + texture(field, vec2(c.x, a.y)).rg * w3.x * w0.y + texture(field, vec2(a.x, b.y)).rg * w0.x * w12.y
       + texture(field, vec2(b.x, b.y)).rg * w12.x * w12.y + texture(field, vec2(c.x, b.y)).rg * w3.x * w12.y
       + texture(field, vec2(a.x, c.y)).rg * w0.x * w3.y + texture(field, vec2(b.x, c.y)).rg * w12.x * w3.y
       + texture(field, vec2(c.x, c.y)).rg * w3.x * w3.y;
}

void main() {
  vec2 pixel = gl_FragCoord.xy - origin;
  vec2 uv = pixel / side;
  vec2 linear = texture(field, uv).rg;
  float value = side > resolution ? min(cubic(uv).r, 0.0) : linear.r;
  vec2 slope = vec2(dFdx(value), dFdy(value));
  float steepness = length(slope);

  vec4 sum = vec4(0.0); // premultiplied
  if (heat) {
    float t = logarithmic ? 1.0 + (value - top) / span : exp(value - top);
    vec4 entry = texture(table, vec2((clamp(t, 0.0, 1.0) * 255.0 + 0.5) / 256.0, 0.5));
    sum = vec4(entry.rgb * entry.a, entry.a);
  }
  for (int i = 0; i < lineCount; i++) {
    float away = abs(value - lines[i].x) / max(steepness, 1e-9);
    float cover = clamp(0.5 * lines[i].y + 0.5 - away, 0.0, 1.0) * lines[i].z * smoothstep(0.5 * FLAT, FLAT, steepness * pixelRatio);
    if (lines[i].w > 0.5) {
      float along = abs(slope.x) > abs(slope.y) ? pixel.y : pixel.x;
      cover *= step(fract(along / (4.0 * pixelRatio)), 0.5);
    }
    sum = sum * (1.0 - cover) + vec4(ink * cover, cover);
  }
  if (linear.g < 0.99) {
    float stripe = step(fract((pixel.x + pixel.y) / (6.0 * pixelRatio)), 0.25) * 0.55;
    sum = vec4(ink * stripe, stripe);
  }
  color = sum;
}`;
