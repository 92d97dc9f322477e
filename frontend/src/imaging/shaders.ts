/** A screen-filling triangle. */
export const vertexShader = `#version 300 es
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

export interface ShaderKind {
  readonly sampler: "isampler" | "usampler" | "sampler";
  readonly isVolume: boolean;
  readonly isColor: boolean;
}

/** Samples a plane of an image: interpolation, slab, window. Indices are voxel indices of the full-size image. */
export const fragmentShader = ({ sampler, isVolume, isColor }: ShaderKind): string => `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler}${isVolume ? "3D" : "2D"};
uniform ${sampler}${isVolume ? "3D" : "2D"} pixels;
uniform vec3 corner, across, down, through;
uniform vec3 size;
uniform ivec3 stored;
uniform float shrink;
uniform float height;
uniform int samples, method, taps;
uniform bool isSmooth, isDeep, isInverted;
uniform vec2 scale, window;
out vec4 color;

vec4 at(ivec3 where) {
  ivec3 inside = clamp(where, ivec3(0), stored - 1);
  return vec4(texelFetch(pixels, ${isVolume ? "inside" : "inside.xy"}, 0));
}

vec4 plane(vec2 where, int slice) {
  if (!isSmooth) return at(ivec3(ivec2(floor(where + 0.5)), slice));
  vec2 low = floor(where);
  vec2 part = where - low;
  ivec2 base = ivec2(low);
  return mix(
    mix(at(ivec3(base, slice)), at(ivec3(base + ivec2(1, 0), slice)), part.x),
    mix(at(ivec3(base + ivec2(0, 1), slice)), at(ivec3(base + ivec2(1, 1), slice)), part.x), part.y);
}

vec4 value(vec3 index) {
  vec2 where = index.xy * shrink;
  if (!isDeep) return plane(where, int(floor(index.z + 0.5)));
  float low = floor(index.z);
  return mix(plane(where, int(low)), plane(where, int(low) + 1), index.z - low);
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - 0.5, height - 0.5 - gl_FragCoord.y);
  vec4 sum = vec4(0.0);
  float count = 0.0;
  vec3 first = corner + across * pixel.x + down * pixel.y - through * float(samples - 1) * 0.5;
  if (any(lessThan(first + through * float(samples - 1) * 0.5, vec3(-0.5))) || any(greaterThanEqual(first + through * float(samples - 1) * 0.5, size - 0.5))) {
    color = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  for (int n = 0; n < samples; n++) {
    for (int u = 0; u < taps; u++) for (int v = 0; v < taps; v++) {
      vec3 index = first + through * float(n) + (across * (float(u) + 0.5) + down * (float(v) + 0.5)) / float(taps) - 0.5 * (across + down);
      vec4 here = value(clamp(index, vec3(0.0), size - 1.0));
      if (count == 0.0) sum = here;
      else if (method == 0) sum += here;
      else if (method == 1) sum = max(sum, here);
      else sum = min(sum, here);
      count += 1.0;
    }
  }
  if (method == 0) sum /= count;
${
  isColor
    ? "  vec3 shown = clamp(sum.rgb / 255.0, 0.0, 1.0);\n  color = vec4(isInverted ? 1.0 - shown : shown, 1.0);"
    : "  float shown = clamp((sum.r * scale.x + scale.y - window.x) / max(window.y - window.x, 1e-9), 0.0, 1.0);\n  color = vec4(vec3(isInverted ? 1.0 - shown : shown), 1.0);"
}
}`;
