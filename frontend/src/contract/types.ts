/**
 * What travels between browser and server, named as the wire names it: taken from the server's own description, and
 * narrowed where that says less than the wire's rules do.
 */
import type {
  AnswerOut,
  ConfigOut,
  DisplaySetOut,
  HangingProtocolOut,
  ImportOut,
  LookUpTableOut,
  OptionOut,
  PartOut,
  QuestionOut,
  SocketOut,
  StudyOut,
  TruthOut,
  UploadOut,
  ValueOut,
  WindowPresetOut,
} from "./wire.generated";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

export interface LookUpTable extends Pick<LookUpTableOut, "pk" | "slug" | "title" | "color" | "alpha" | "range_min" | "range_max" | "relative"> {
  color_invert?: LookUpTableOut["color_invert"];
  alpha_invert?: LookUpTableOut["alpha_invert"];
  color_interpolation: "RGB" | "HLS" | "HLSpos" | "HLSneg" | "Constant" | null;
}

export interface Segment {
  name: string;
  visible: boolean;
  voxel_value: number;
}

export interface Socket extends Pick<SocketOut, "pk" | "title" | "slug" | "kind"> {
  super_kind: "Image" | "File" | "Value";
  description?: SocketOut["description"];
  default_value?: Json;
  relative_path?: SocketOut["relative_path"];
  overlay_segments?: Segment[] | null;
  look_up_table?: LookUpTable | null;
}

export interface SocketValue extends Pick<ValueOut, "pk" | "file" | "image"> {
  interface: Socket;
  value: Json;
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

export type ChoiceOption = OptionOut;

export interface Question
  extends Pick<
    QuestionOut,
    | "pk"
    | "api_url"
    | "question_text_safe"
    | "help_text_safe"
    | "image_port"
    | "default_annotation_color"
    | "required"
    | "widget"
    | "answer_min_value"
    | "answer_max_value"
    | "answer_step_size"
    | "answer_min_length"
    | "answer_max_length"
    | "answer_match_pattern"
    | "empty_answer_confirmation"
    | "empty_answer_confirmation_label_safe"
  > {
  answer_type: AnswerType;
  form_direction: "Horizontal" | "Vertical";
  options: ChoiceOption[];
  interface: Socket | null;
  overlay_segments: Segment[] | null;
  look_up_table: LookUpTable | null;
}

export interface ReaderStudy
  extends Pick<
    StudyOut,
    | "pk"
    | "api_url"
    | "url"
    | "slug"
    | "state"
    | "roles"
    | "logo"
    | "title_safe"
    | "description"
    | "help_text_safe"
    | "end_of_study_text_safe"
    | "is_educational"
    | "instant_verification"
    | "has_ground_truth"
    | "allow_answer_modification"
    | "enable_autosaving"
    | "allow_case_navigation"
    | "allow_show_all_annotations"
    | "roll_over_answers_for_n_cases"
    | "workstation_config"
  > {
  questions: Question[];
}

/** A viewport as the server's rules of hanging protocols allow it; the wire describes it as any object. */
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
  orientation?: "axial" | "coronal" | "sagittal";
  parent_id?: string;
  opacity?: number;
  slice_plane_indicator?: string;
  slice_plane_indicator_fade_ms?: number;
  relative_start_position?: number;
  specialized_view?: "minimap" | "3D-sideview" | "clientside" | "intensity-over-time-chart";
}

export interface HangingProtocol extends Pick<HangingProtocolOut, "pk" | "title" | "svg_icon"> {
  json: ProtocolViewport[];
}

export type ViewContent = Record<string, string[]>;

export interface DisplaySet
  extends Pick<DisplaySetOut, "pk" | "api_url" | "title_safe" | "reader_study" | "order" | "index" | "description"> {
  values: SocketValue[];
  hanging_protocol: HangingProtocol | null;
  optional_hanging_protocols: HangingProtocol[];
  view_content: ViewContent;
  descriptions_map_safe: Record<string, string>;
}

export interface Answer
  extends Pick<
    AnswerOut,
    | "pk"
    | "api_url"
    | "answer_image"
    | "question"
    | "display_set"
    | "creator"
    | "created"
    | "modified"
    | "last_edit_duration"
    | "total_edit_duration"
    | "is_ground_truth"
    | "score"
  > {
  answer: Json;
}

export interface GroundTruthEntry extends Pick<TruthOut, "question_text" | "explanation"> {
  answer: Json;
  answer_text: Json;
  options: Record<string, string>;
}

export type WindowPreset = Pick<WindowPresetOut, "pk" | "slug" | "title" | "center" | "width" | "lower_percentile" | "upper_percentile">;

type Interpolation = "NearestNeighbor" | "Trilinear" | "Cubic";

/** Settings of a viewer; the wire describes those that refer to other objects, the server's rules the rest. */
export interface WorkstationConfig {
  pk: ConfigOut["pk"];
  slug: ConfigOut["slug"];
  title: ConfigOut["title"];
  window_presets: WindowPreset[];
  default_window_preset: WindowPreset | null;
  overlay_luts: LookUpTable[];
  default_overlay_lut: LookUpTable | null;
  default_slab_thickness_mm: number | null;
  default_slab_render_method: "" | "Maximum" | "Minimum" | "Average";
  default_orientation: "" | "Axial" | "Coronal" | "Sagittal";
  default_image_interpolation: Interpolation;
  default_overlay_interpolation: Interpolation;
  default_overlay_alpha: number | null;
  default_brush_size: number | null;
  default_zoom_scale: number | null;
  link_images: boolean;
  link_panning: boolean;
  link_zooming: boolean;
  link_slicing: boolean;
  link_windowing: boolean;
  link_inverting: boolean;
  link_orienting: boolean;
  link_flipping: boolean;
  show_window_level_tool: boolean;
  show_display_plugin: boolean;
  show_invert_tool: boolean;
  show_flip_tool: boolean;
  show_reset_tool: boolean;
  show_overlay_plugin: boolean;
  show_image_info_plugin: boolean;
  key_bindings: Json;
}

export type UploadPart = Pick<PartOut, "ETag" | "PartNumber">;

export type Upload = Pick<UploadOut, "pk" | "api_url" | "s3_upload_id" | "status">;

export type UploadSession = Pick<ImportOut, "pk" | "api_url" | "status" | "error_message">;
