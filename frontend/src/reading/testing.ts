import type { Answer, AnswerType, DisplaySet, Question, ReaderStudy } from "../contract";

/** A question for tests; says what it does not need to. */
export function makeQuestion(answer_type: AnswerType, change: Partial<Question> = {}): Question {
  return {
    pk: answer_type.toLowerCase().replaceAll(" ", "-"),
    api_url: "",
    answer_type,
    question_text_safe: answer_type,
    help_text_safe: "",
    form_direction: "Horizontal",
    image_port: "",
    default_annotation_color: null,
    required: false,
    options: [],
    interface: null,
    overlay_segments: null,
    look_up_table: null,
    widget: "",
    answer_min_value: null,
    answer_max_value: null,
    answer_step_size: null,
    answer_min_length: null,
    answer_max_length: null,
    answer_match_pattern: "",
    empty_answer_confirmation: false,
    empty_answer_confirmation_label_safe: "",
    ...change,
  };
}

export function makeStudy(questions: Question[], change: Partial<ReaderStudy> = {}): ReaderStudy {
  return {
    pk: "study",
    api_url: "",
    url: "",
    slug: "study",
    state: "open",
    roles: ["reader"],
    logo: "",
    title_safe: "Study",
    description: null,
    help_text_safe: "",
    end_of_study_text_safe: "",
    questions,
    is_educational: false,
    instant_verification: false,
    has_ground_truth: false,
    allow_answer_modification: true,
    enable_autosaving: false,
    allow_case_navigation: true,
    allow_show_all_annotations: true,
    roll_over_answers_for_n_cases: 0,
    workstation_config: null,
    ...change,
  };
}

export function makeCase(pk: string, change: Partial<DisplaySet> = {}): DisplaySet {
  return {
    pk,
    api_url: "",
    title_safe: pk,
    reader_study: "",
    values: [],
    order: 10,
    index: 0,
    hanging_protocol: null,
    optional_hanging_protocols: [],
    view_content: {},
    description: "",
    descriptions_map_safe: {},
    ...change,
  };
}

export function makeAnswer(displaySet: string, question: string, answer: Answer["answer"], change: Partial<Answer> = {}): Answer {
  return {
    pk: `${displaySet}-${question}`,
    api_url: "",
    answer,
    answer_image: null,
    question: `https://server/api/v1/reader-studies/questions/${question}/`,
    display_set: `https://server/api/v1/reader-studies/display-sets/${displaySet}/`,
    creator: "reader",
    created: "2026-01-01T00:00:00Z",
    modified: "2026-01-01T00:00:00Z",
    last_edit_duration: null,
    total_edit_duration: null,
    is_ground_truth: false,
    score: null,
    ...change,
  };
}
