/** What travels between browser and server, named as the wire names it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

export interface LookUpTable {
  pk: number;
  slug: string;
  title: string;
  color: string;
  alpha: string;
  color_invert?: string | null;
  alpha_invert?: string | null;
  range_min: number | null;
  range_max: number | null;
  relative: boolean | null;
  color_interpolation: "RGB" | "HLS" | "HLSpos" | "HLSneg" | "Constant" | null;
}

export interface Segment {
  name: string;
  visible: boolean;
  voxel_value: number;
}

export interface Socket {
  pk: number;
  title: string;
  slug: string;
  kind: string;
  super_kind: "Image" | "File" | "Value";
  description?: string | null;
  default_value?: Json;
  relative_path?: string;
  overlay_segments?: Segment[] | null;
  look_up_table?: LookUpTable | null;
}

export interface SocketValue {
  pk: number;
  interface: Socket;
  value: Json;
  file: string | null;
  image: string | null;
}

export const answerTypes = [
  "Text",
  "Bool",
  "Number",
  "Heading",
  "Choice",
  "Multiple choice",
  "2D bounding box",
  "Multiple 2D bounding boxes",
  "Distance measurement",
  "Multiple distance measurements",
  "Point",
  "Multiple points",
  "Polygon",
  "Multiple polygons",
  "Line",
  "Multiple lines",
  "Angle",
  "Multiple angles",
  "Ellipse",
  "Multiple ellipses",
  "Three-point angle",
  "Multiple three-point angles",
  "Mask",
] as const;
export type AnswerType = (typeof answerTypes)[number];

export interface ChoiceOption {
  id: number;
  title: string;
  default: boolean | null;
}

export interface Question {
  pk: string;
  api_url: string;
  answer_type: AnswerType;
  question_text_safe: string;
  help_text_safe: string;
  form_direction: "Horizontal" | "Vertical";
  image_port: string;
  default_annotation_color: string | null;
  required: boolean | null;
  options: ChoiceOption[];
  interface: Socket | null;
  overlay_segments: Segment[] | null;
  look_up_table: LookUpTable | null;
  widget: string;
  answer_min_value: number | null;
  answer_max_value: number | null;
  answer_step_size: string | number | null;
  answer_min_length: number | null;
  answer_max_length: number | null;
  answer_match_pattern: string | null;
  empty_answer_confirmation: boolean | null;
  empty_answer_confirmation_label_safe: string;
}

export interface ReaderStudy {
  pk: string;
  api_url: string;
  url: string;
  slug: string;
  logo: string;
  title_safe: string;
  description: string | null;
  help_text_safe: string;
  end_of_study_text_safe: string;
  questions: Question[];
  is_educational: boolean | null;
  instant_verification: boolean | null;
  has_ground_truth: boolean;
  allow_answer_modification: boolean | null;
  enable_autosaving: boolean | null;
  allow_case_navigation: boolean | null;
  allow_show_all_annotations: boolean | null;
  roll_over_answers_for_n_cases: number | null;
}

export interface ProtocolViewport {
  viewport_name: string;
  x?: number;
  y?: number;
  w?: number;
  h?: number;
  order?: number;
  fullsizable?: boolean;
  draggable?: boolean;
  selectable?: boolean;
  linkable?: boolean;
  show_current_slice?: boolean;
  show_mouse_coordinate?: boolean;
  show_mouse_voxel_value?: boolean;
  label?: string;
  orientation?: string;
  parent_id?: string;
  opacity?: number;
  slice_plane_indicator?: string;
  slice_plane_indicator_fade_ms?: number;
  relative_start_position?: number;
  specialized_view?: string;
}

export interface HangingProtocol {
  pk: string;
  title: string;
  json: ProtocolViewport[];
  svg_icon: string;
}

export type ViewContent = Record<string, string[]>;

export interface DisplaySet {
  pk: string;
  api_url: string;
  title_safe: string;
  reader_study: string;
  values: SocketValue[];
  order: number | null;
  index: number | null;
  hanging_protocol: HangingProtocol | null;
  optional_hanging_protocols: HangingProtocol[];
  view_content: ViewContent;
  description: string;
  descriptions_map_safe: Record<string, string>;
}

export interface Answer {
  pk: string;
  api_url: string;
  answer: Json;
  answer_image: string | null;
  question: string;
  display_set: string | null;
  creator: string;
  created: string;
  modified: string;
  last_edit_duration: string | null;
  total_edit_duration: string | null;
  is_ground_truth: boolean;
  score: number | null;
}

export interface GroundTruthEntry {
  answer: Json;
  answer_text: Json;
  question_text: string;
  options: Record<string, string>;
  explanation: string;
}

export interface ImageFile {
  pk: string;
  file: string;
  image_type: "MHD" | "TIFF" | "DZI" | null;
}

export interface ImageDetail {
  pk: string;
  api_url: string;
  name: string;
  files: ImageFile[];
  width: number | null;
  height: number | null;
  depth: number | null;
  color_space: string | null;
  modality: { modality: string } | null;
  shape: number[];
  shape_without_color: number[];
  window_center: number | null;
  window_width: number | null;
  segments: Json;
}

export interface WindowPreset {
  pk: number;
  slug: string;
  title: string;
  center: number | null;
  width: number | null;
  lower_percentile: number | null;
  upper_percentile: number | null;
}

export interface WorkstationConfig {
  pk: string;
  slug: string;
  title: string;
  window_presets: WindowPreset[];
  default_window_preset: WindowPreset | null;
  default_slab_thickness_mm: number | null;
  default_slab_render_method: string;
  default_orientation: string;
  default_overlay_alpha: number | null;
  default_brush_size: string | number | null;
  default_zoom_scale: number | null;
  overlay_luts: LookUpTable[];
  default_overlay_lut: LookUpTable | null;
  key_bindings: Json;
}

export interface UploadPart {
  ETag: string;
  PartNumber: number;
}

export interface Upload {
  pk: string;
  api_url: string;
  s3_upload_id: string;
  status: string;
}

export interface UploadSession {
  pk: string;
  api_url: string;
  status: string;
  error_message: string | null;
}
