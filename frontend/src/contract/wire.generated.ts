// Written by `npm run contract` from contract/openapi.json; not edited by hand.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AcceptanceIn */
        AcceptanceIn: {
            /** Invitation */
            invitation: string;
            /**
             * Password
             * @default
             */
            password: string;
            /**
             * Username
             * @default
             */
            username: string;
        };
        /** AnswerChangesIn */
        AnswerChangesIn: {
            /** Answer */
            answer?: unknown;
            /** Last Edit Duration */
            last_edit_duration?: string | number | null;
            /** Sequence */
            sequence?: number | null;
        };
        /**
         * AnswerIn
         * @description `sequence` counts the edits of a client: of two, the one with the higher number wins, whichever comes first.
         */
        AnswerIn: {
            /** Answer */
            answer?: unknown;
            /** Display Set */
            display_set: string;
            /** Last Edit Duration */
            last_edit_duration?: string | number | null;
            /** Question */
            question: string;
            /** Sequence */
            sequence?: number | null;
        };
        /** AnswerOut */
        AnswerOut: {
            /** Answer */
            answer?: unknown;
            /** Answer Image */
            answer_image: string | null;
            /** Api Url */
            api_url: string;
            /** Created */
            created: string;
            /** Creator */
            creator: string;
            /** Display Set */
            display_set: string | null;
            /** Is Ground Truth */
            is_ground_truth: boolean;
            /** Last Edit Duration */
            last_edit_duration: string | null;
            /** Modified */
            modified: string;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Question */
            question: string;
            /** Score */
            score: number | null;
            /** Total Edit Duration */
            total_edit_duration: string | null;
        };
        /** AppliedOut */
        AppliedOut: {
            /** Changed */
            changed: string[];
            /** Created */
            created: string[];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Reader Study */
            reader_study: string;
            /** Unchanged */
            unchanged: string[];
            /** Warnings */
            warnings: string[];
        };
        /** ArchiveFieldsIn */
        ArchiveFieldsIn: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Hanging Protocol */
            hanging_protocol?: string | null;
            /**
             * Is Public
             * @default false
             */
            is_public: boolean;
            /**
             * Title
             * @default
             */
            title: string;
            /**
             * View Content
             * @default {}
             */
            view_content: {
                [key: string]: string[];
            };
        };
        /** ArchiveIn */
        ArchiveIn: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Hanging Protocol */
            hanging_protocol?: string | null;
            /**
             * Is Public
             * @default false
             */
            is_public: boolean;
            /** Title */
            title: string;
            /**
             * View Content
             * @default {}
             */
            view_content: {
                [key: string]: string[];
            };
        };
        /** ArchiveMemberIn */
        ArchiveMemberIn: {
            /**
             * Role
             * @default user
             */
            role: string;
            /** Username */
            username: string;
        };
        /** ArchiveMemberOut */
        ArchiveMemberOut: {
            /** Role */
            role: string;
            /** Username */
            username: string;
        };
        /** ArchiveOut */
        ArchiveOut: {
            /** Api Url */
            api_url: string;
            /** Description */
            description: string | null;
            /** Is Public */
            is_public: boolean;
            /** Logo */
            logo: string;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Slug */
            slug: string;
            /** Title */
            title: string;
            /** Url */
            url: string;
        };
        /** BulkDeleteIn */
        BulkDeleteIn: {
            /** Display Sets */
            display_sets?: string[] | null;
            /**
             * Reader Study
             * Format: uuid
             */
            reader_study: string;
        };
        /** CompletenessOut */
        CompletenessOut: {
            /** Expected */
            expected: number;
            /** Present */
            present: number;
        };
        /** ConfigIn */
        ConfigIn: {
            /** Auto Jump Center Of Gravity */
            auto_jump_center_of_gravity?: unknown;
            /** Default Annotation Color */
            default_annotation_color?: unknown;
            /** Default Annotation Line Width */
            default_annotation_line_width?: unknown;
            /** Default Brush Size */
            default_brush_size?: unknown;
            /** Default Image Interpolation */
            default_image_interpolation?: unknown;
            /** Default Limit View Area To Image Volume */
            default_limit_view_area_to_image_volume?: unknown;
            /** Default Orientation */
            default_orientation?: unknown;
            /** Default Overlay Alpha */
            default_overlay_alpha?: unknown;
            /** Default Overlay Interpolation */
            default_overlay_interpolation?: unknown;
            /** Default Overlay Lut */
            default_overlay_lut?: string | null;
            /** Default Slab Render Method */
            default_slab_render_method?: unknown;
            /** Default Slab Thickness Mm */
            default_slab_thickness_mm?: unknown;
            /** Default Window Preset */
            default_window_preset?: string | null;
            /** Default Zoom Scale */
            default_zoom_scale?: unknown;
            /**
             * Description
             * @default
             */
            description: string;
            /** Enabled Preprocessors */
            enabled_preprocessors?: unknown;
            /** Ghosting Slice Depth */
            ghosting_slice_depth?: unknown;
            /** Image Context */
            image_context?: unknown;
            /** Key Bindings */
            key_bindings?: unknown;
            /** Link Flipping */
            link_flipping?: unknown;
            /** Link Images */
            link_images?: unknown;
            /** Link Inverting */
            link_inverting?: unknown;
            /** Link Orienting */
            link_orienting?: unknown;
            /** Link Panning */
            link_panning?: unknown;
            /** Link Slicing */
            link_slicing?: unknown;
            /** Link Windowing */
            link_windowing?: unknown;
            /** Link Zooming */
            link_zooming?: unknown;
            /**
             * Overlay Luts
             * @default []
             */
            overlay_luts: string[];
            /** Overlay Segments */
            overlay_segments?: unknown;
            /** Point Bounding Box Size Mm */
            point_bounding_box_size_mm?: unknown;
            /** Show Algorithm Output Plugin */
            show_algorithm_output_plugin?: unknown;
            /** Show Annotation Counter Tool */
            show_annotation_counter_tool?: unknown;
            /** Show Annotation Statistics Plugin */
            show_annotation_statistics_plugin?: unknown;
            /** Show Display Plugin */
            show_display_plugin?: unknown;
            /** Show Flip Tool */
            show_flip_tool?: unknown;
            /** Show Image Info Plugin */
            show_image_info_plugin?: unknown;
            /** Show Image Switcher Plugin */
            show_image_switcher_plugin?: unknown;
            /** Show Invert Tool */
            show_invert_tool?: unknown;
            /** Show Lut Selection Tool */
            show_lut_selection_tool?: unknown;
            /** Show Overlay Plugin */
            show_overlay_plugin?: unknown;
            /** Show Overlay Selection Tool */
            show_overlay_selection_tool?: unknown;
            /** Show Reset Tool */
            show_reset_tool?: unknown;
            /** Show Swivel Tool */
            show_swivel_tool?: unknown;
            /** Show Window Level Tool */
            show_window_level_tool?: unknown;
            /**
             * Title
             * @default
             */
            title: string;
            /**
             * Window Presets
             * @default []
             */
            window_presets: string[];
        };
        /** ConfigOut */
        ConfigOut: {
            /** Api Url */
            api_url: string;
            /** Created */
            created: string;
            /** Creator */
            creator: string;
            default_overlay_lut: components["schemas"]["LookUpTableOut"];
            default_window_preset: components["schemas"]["WindowPresetOut"];
            /** Description */
            description: string | null;
            /** Modified */
            modified: string;
            /** Overlay Luts */
            overlay_luts: components["schemas"]["LookUpTableOut"][];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Slug */
            slug: string;
            /** Title */
            title: string;
            /** Window Presets */
            window_presets: components["schemas"]["WindowPresetOut"][];
        } & {
            [key: string]: unknown;
        };
        /** CopyIn */
        CopyIn: {
            /**
             * Parts
             * @default [
             *       "questions",
             *       "display_sets",
             *       "hanging",
             *       "case_text"
             *     ]
             */
            parts: string[];
            /** Title */
            title: string;
        };
        /** DecisionIn */
        DecisionIn: {
            /** Is Accepted */
            is_accepted: boolean;
            /**
             * Reason
             * @default
             */
            reason: string;
        };
        /** DisplaySetChangesIn */
        DisplaySetChangesIn: {
            /**
             * Order
             * @default 0
             */
            order: number;
            /**
             * Title
             * @default
             */
            title: string;
            /** Values */
            values?: components["schemas"]["ValueIn"][];
        };
        /** DisplaySetIn */
        DisplaySetIn: {
            /**
             * Order
             * @default 0
             */
            order: number;
            /** Reader Study */
            reader_study: string;
            /**
             * Title
             * @default
             */
            title: string;
            /** Values */
            values?: components["schemas"]["ValueIn"][];
        };
        /** DisplaySetOut */
        DisplaySetOut: {
            /** Api Url */
            api_url: string;
            /** Description */
            description: string;
            /** Descriptions Map Safe */
            descriptions_map_safe: {
                [key: string]: string;
            };
            hanging_protocol: components["schemas"]["HangingProtocolOut"] | null;
            /** Index */
            index: number | null;
            /** Optional Hanging Protocols */
            optional_hanging_protocols: components["schemas"]["HangingProtocolOut"][];
            /** Order */
            order: number | null;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Reader Study */
            reader_study: string;
            /** Title */
            title: string;
            /** Title Safe */
            title_safe: string;
            /** Values */
            values: components["schemas"]["ValueOut"][];
            /** View Content */
            view_content: {
                [key: string]: string[];
            };
        };
        /** ForgottenIn */
        ForgottenIn: {
            /** Email */
            email: string;
        };
        /** FromReaderIn */
        FromReaderIn: {
            /** Username */
            username: string;
        };
        /** GapOut */
        GapOut: {
            /** Is Blocker */
            is_blocker: boolean;
            /** Kind */
            kind: string;
            /** Message */
            message: string;
        };
        /** HangingProtocolOut */
        HangingProtocolOut: {
            /** Api Url */
            api_url: string;
            /** Description */
            description: string;
            /** Json */
            json: {
                [key: string]: unknown;
            }[];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Svg Icon */
            svg_icon: string;
            /** Title */
            title: string;
        };
        /** HistoryOut */
        HistoryOut: {
            /** Act */
            act: string;
            /** After */
            after?: unknown;
            /** At */
            at: string;
            /** Before */
            before?: unknown;
            /** By */
            by: string;
        };
        /** ImageFileOut */
        ImageFileOut: {
            /** File */
            file: string;
            /**
             * Image
             * Format: uuid
             */
            image: string;
            /** Image Type */
            image_type: string | null;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
        };
        /** ImageOut */
        ImageOut: {
            /** Api Url */
            api_url: string;
            /** Color Space */
            color_space: string | null;
            /** Depth */
            depth: number | null;
            /** Dicom Image Set */
            dicom_image_set: {
                [key: string]: string;
            } | null;
            /** Eye Choice */
            eye_choice: string | null;
            /** Field Of View */
            field_of_view: string | null;
            /** Files */
            files: components["schemas"]["ImageFileOut"][];
            /** Findings */
            findings: {
                [key: string]: unknown;
            }[];
            /** Height */
            height: number | null;
            /** Modality */
            modality: {
                [key: string]: string;
            } | null;
            /** Name */
            name: string;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Segments */
            segments: number[] | null;
            /** Shape */
            shape: number[];
            /** Shape Without Color */
            shape_without_color: number[];
            /** Stereoscopic Choice */
            stereoscopic_choice: string | null;
            /** Voxel Depth Mm */
            voxel_depth_mm: number | null;
            /** Voxel Height Mm */
            voxel_height_mm: number | null;
            /** Voxel Width Mm */
            voxel_width_mm: number | null;
            /** Width */
            width: number | null;
            /** Window Center */
            window_center: number | null;
            /** Window Width */
            window_width: number | null;
        };
        /** ImportIn */
        ImportIn: {
            /** Answer */
            answer?: string | null;
            /** Archive */
            archive?: string | null;
            /** Archive Item */
            archive_item?: string | null;
            /** Display Set */
            display_set?: string | null;
            /** Interface */
            interface?: string | null;
            /** Uploads */
            uploads: string[];
        };
        /** ImportOut */
        ImportOut: {
            /** Api Url */
            api_url: string;
            /** Creator */
            creator: number | null;
            /** Error Message */
            error_message: string | null;
            /** Files Url */
            files_url: string;
            /** Image Set */
            image_set: string[];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Progress */
            progress: number;
            /** Status */
            status: string;
            /** Uploads */
            uploads: string[];
            /** User Uploads */
            user_uploads: string[] | null;
        };
        /**
         * InvitationIn
         * @description `study` is the slug, the id or the address of a study; without one, the invitation is to the platform.
         */
        InvitationIn: {
            /** Email */
            email: string;
            /**
             * Pseudonym
             * @default
             */
            pseudonym: string;
            /**
             * Role
             * @default
             */
            role: string;
            /** Study */
            study?: string | null;
        };
        /** InvitationOut */
        InvitationOut: {
            /** Created At */
            created_at: string;
            /** Email */
            email: string;
            /** Expires At */
            expires_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Pseudonym */
            pseudonym: string;
            /** Role */
            role: string;
        };
        /** ItemChangesIn */
        ItemChangesIn: {
            /**
             * Title
             * @default
             */
            title: string;
            /** Values */
            values?: components["schemas"]["ValueIn"][];
        };
        /** ItemIn */
        ItemIn: {
            /** Archive */
            archive: string;
            /**
             * Title
             * @default
             */
            title: string;
            /** Values */
            values?: components["schemas"]["ValueIn"][];
        };
        /** ItemOut */
        ItemOut: {
            /** Archive */
            archive: string;
            hanging_protocol: components["schemas"]["HangingProtocolOut"] | null;
            /** Optional Hanging Protocols */
            optional_hanging_protocols: components["schemas"]["HangingProtocolOut"][];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Title */
            title: string;
            /** Values */
            values: components["schemas"]["ValueOut"][];
            /** View Content */
            view_content: {
                [key: string]: string[];
            };
        };
        /** LookUpTableIn */
        LookUpTableIn: {
            /** Alpha */
            alpha: string;
            /** Color */
            color: string;
            /**
             * Description
             * @default
             */
            description: string;
            /** Range Max */
            range_max?: number | null;
            /** Range Min */
            range_min?: number | null;
            /**
             * Relative
             * @default false
             */
            relative: boolean;
            /** Title */
            title: string;
        };
        /** LookUpTableOut */
        LookUpTableOut: {
            /** Alpha */
            alpha: string;
            /** Alpha Invert */
            alpha_invert: string | null;
            /** Color */
            color: string;
            /** Color Interpolation */
            color_interpolation: string | null;
            /** Color Interpolation Invert */
            color_interpolation_invert: string | null;
            /** Color Invert */
            color_invert: string | null;
            /** Description */
            description: string | null;
            /** Pk */
            pk: number;
            /** Range Max */
            range_max: number | null;
            /** Range Min */
            range_min: number | null;
            /** Relative */
            relative: boolean | null;
            /** Slug */
            slug: string;
            /** Title */
            title: string;
        };
        /** MemberIn */
        MemberIn: {
            /**
             * Pseudonym
             * @default
             */
            pseudonym: string;
            /**
             * Role
             * @default reader
             */
            role: string;
            /** Username */
            username: string;
        };
        /** MemberOut */
        MemberOut: {
            /** Pseudonym */
            pseudonym: string;
            /** Role */
            role: string;
            /** Since */
            since: string;
            /** Username */
            username: string;
        };
        /** NewTokenOut */
        NewTokenOut: {
            /** Expires At */
            expires_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Token */
            token: string;
        };
        /** OptionIn */
        OptionIn: {
            /**
             * Default
             * @default false
             */
            default: boolean;
            /** Title */
            title: string;
        };
        /** OptionOut */
        OptionOut: {
            /** Default */
            default: boolean;
            /** Id */
            id: number;
            /** Title */
            title: string;
        };
        /** OutcomeOut */
        OutcomeOut: {
            /** Name */
            name: string;
            /** Outcome */
            outcome: string;
            /** Reason */
            reason: string;
        };
        /** PackOut */
        PackOut: {
            /** Index */
            index: {
                [key: string]: unknown;
            };
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Size */
            size: number;
            /** Url */
            url: string;
        };
        /** PageOf[AnswerOut] */
        PageOf_AnswerOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["AnswerOut"][];
        };
        /** PageOf[ArchiveOut] */
        PageOf_ArchiveOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ArchiveOut"][];
        };
        /** PageOf[ConfigOut] */
        PageOf_ConfigOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ConfigOut"][];
        };
        /** PageOf[DisplaySetOut] */
        PageOf_DisplaySetOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["DisplaySetOut"][];
        };
        /** PageOf[HangingProtocolOut] */
        PageOf_HangingProtocolOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["HangingProtocolOut"][];
        };
        /** PageOf[ImageOut] */
        PageOf_ImageOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ImageOut"][];
        };
        /** PageOf[ImportOut] */
        PageOf_ImportOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ImportOut"][];
        };
        /** PageOf[ItemOut] */
        PageOf_ItemOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ItemOut"][];
        };
        /** PageOf[OutcomeOut] */
        PageOf_OutcomeOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["OutcomeOut"][];
        };
        /** PageOf[QuestionOut] */
        PageOf_QuestionOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["QuestionOut"][];
        };
        /** PageOf[SocketOut] */
        PageOf_SocketOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["SocketOut"][];
        };
        /** PageOf[StudyOut] */
        PageOf_StudyOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["StudyOut"][];
        };
        /** PageOf[UploadOut] */
        PageOf_UploadOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["UploadOut"][];
        };
        /** PageOf[dict[str, str]] */
        PageOf_dict_str__str__: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: {
                [key: string]: string;
            }[];
        };
        /** PartIn */
        PartIn: {
            /** Etag */
            ETag: string;
            /** Partnumber */
            PartNumber: number;
        };
        /** PartNumbersIn */
        PartNumbersIn: {
            /** Part Numbers */
            part_numbers: number[];
        };
        /** PartOut */
        PartOut: {
            /** Etag */
            ETag: string;
            /** Lastmodified */
            LastModified: string;
            /** Partnumber */
            PartNumber: number;
            /** Size */
            Size: number;
        };
        /** PartsIn */
        PartsIn: {
            /** Parts */
            parts: components["schemas"]["PartIn"][];
        };
        /** PasswordIn */
        PasswordIn: {
            /** Old Password */
            old_password: string;
            /** Password */
            password: string;
        };
        /** PersonOut */
        PersonOut: {
            /** Email */
            email: string;
            /** Is Superuser */
            is_superuser: boolean;
            /** May Create Archives */
            may_create_archives: boolean;
            /** May Create Studies */
            may_create_studies: boolean;
            /** Name */
            name: string;
            /** Username */
            username: string;
        };
        /** PlaceOut */
        PlaceOut: {
            /** Average */
            average: number;
            /** Maximum */
            maximum: number;
            /** Rank */
            rank: number;
            /** Reader */
            reader: string;
            /** Score */
            score: number;
            /** Scored Answers */
            scored_answers: number;
        };
        /** PostedDisplaySetOut */
        PostedDisplaySetOut: {
            /** Api Url */
            api_url: string;
            /** Description */
            description: string;
            /** Index */
            index: number | null;
            /** Order */
            order: number | null;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Reader Study */
            reader_study: string;
            /** Title */
            title: string;
            /** Title Safe */
            title_safe: string;
            /** Values */
            values: components["schemas"]["PostedValueOut"][];
            /** View Content */
            view_content: {
                [key: string]: string[];
            };
        };
        /** PostedItemOut */
        PostedItemOut: {
            /** Archive */
            archive: string | null;
            hanging_protocol: components["schemas"]["HangingProtocolOut"] | null;
            /** Optional Hanging Protocols */
            optional_hanging_protocols: components["schemas"]["HangingProtocolOut"][];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Title */
            title: string;
            /** Values */
            values: components["schemas"]["PostedValueOut"][];
            /** View Content */
            view_content: {
                [key: string]: string[];
            };
        };
        /** PostedValueOut */
        PostedValueOut: {
            /** File */
            file: string | null;
            /** Image */
            image: string | null;
            /** Image Name */
            image_name: string | null;
            /** Interface */
            interface: string;
            /** Pk */
            pk: number;
            /** Value */
            value?: unknown;
        };
        /** PresetIn */
        PresetIn: {
            /** Center */
            center?: number | null;
            /**
             * Description
             * @default
             */
            description: string;
            /** Lower Percentile */
            lower_percentile?: number | null;
            /** Title */
            title: string;
            /** Upper Percentile */
            upper_percentile?: number | null;
            /** Width */
            width?: number | null;
        };
        /** ProgressOut */
        ProgressOut: {
            /** Answers */
            answers: number;
            /** Complete Display Sets */
            complete_display_sets: number;
            /** Display Sets */
            display_sets: number;
            /** Expected Answers */
            expected_answers: number;
            /** Last Answer */
            last_answer: string | null;
            /** Progress */
            progress: number;
            /** Pseudonym */
            pseudonym: string;
            /** Reader */
            reader: string;
            /** Seconds */
            seconds: number | null;
        };
        /** ProtocolChangesIn */
        ProtocolChangesIn: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Json */
            json?: {
                [key: string]: unknown;
            }[];
            /**
             * Title
             * @default
             */
            title: string;
        };
        /** ProtocolIn */
        ProtocolIn: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Json */
            json: {
                [key: string]: unknown;
            }[];
            /** Title */
            title: string;
        };
        /** QuestionChangesIn */
        QuestionChangesIn: {
            /**
             * Answer Match Pattern
             * @default
             */
            answer_match_pattern: string;
            /** Answer Max Length */
            answer_max_length?: number | null;
            /** Answer Max Value */
            answer_max_value?: number | null;
            /** Answer Min Length */
            answer_min_length?: number | null;
            /** Answer Min Value */
            answer_min_value?: number | null;
            /** Answer Step Size */
            answer_step_size?: number | null;
            /**
             * Answer Type
             * @default
             */
            answer_type: string;
            /**
             * Default Annotation Color
             * @default
             */
            default_annotation_color: string;
            /**
             * Direction
             * @default Horizontal
             */
            direction: string;
            /**
             * Empty Answer Confirmation
             * @default false
             */
            empty_answer_confirmation: boolean;
            /**
             * Empty Answer Confirmation Label
             * @default
             */
            empty_answer_confirmation_label: string;
            /**
             * Help Text
             * @default
             */
            help_text: string;
            /**
             * Image Port
             * @default
             */
            image_port: string;
            /** Interface */
            interface?: string | null;
            /** Look Up Table */
            look_up_table?: string | null;
            /** Options */
            options?: (components["schemas"]["OptionIn"] | string)[] | null;
            /**
             * Order
             * @default 100
             */
            order: number;
            /** Overlay Segments */
            overlay_segments?: {
                [key: string]: unknown;
            }[] | null;
            /**
             * Question Text
             * @default
             */
            question_text: string;
            /**
             * Required
             * @default true
             */
            required: boolean;
            /**
             * Score Tolerance
             * @default 0
             */
            score_tolerance: number;
            /**
             * Widget
             * @default
             */
            widget: string;
        };
        /**
         * QuestionIn
         * @description `reader_study` is the slug, the id or the address of a study.
         */
        QuestionIn: {
            /**
             * Answer Match Pattern
             * @default
             */
            answer_match_pattern: string;
            /** Answer Max Length */
            answer_max_length?: number | null;
            /** Answer Max Value */
            answer_max_value?: number | null;
            /** Answer Min Length */
            answer_min_length?: number | null;
            /** Answer Min Value */
            answer_min_value?: number | null;
            /** Answer Step Size */
            answer_step_size?: number | null;
            /** Answer Type */
            answer_type: string;
            /**
             * Default Annotation Color
             * @default
             */
            default_annotation_color: string;
            /**
             * Direction
             * @default Horizontal
             */
            direction: string;
            /**
             * Empty Answer Confirmation
             * @default false
             */
            empty_answer_confirmation: boolean;
            /**
             * Empty Answer Confirmation Label
             * @default
             */
            empty_answer_confirmation_label: string;
            /**
             * Help Text
             * @default
             */
            help_text: string;
            /**
             * Image Port
             * @default
             */
            image_port: string;
            /** Interface */
            interface?: string | null;
            /** Look Up Table */
            look_up_table?: string | null;
            /** Options */
            options?: (components["schemas"]["OptionIn"] | string)[] | null;
            /**
             * Order
             * @default 100
             */
            order: number;
            /** Overlay Segments */
            overlay_segments?: {
                [key: string]: unknown;
            }[] | null;
            /** Question Text */
            question_text: string;
            /** Reader Study */
            reader_study: string;
            /**
             * Required
             * @default true
             */
            required: boolean;
            /**
             * Score Tolerance
             * @default 0
             */
            score_tolerance: number;
            /**
             * Widget
             * @default
             */
            widget: string;
        };
        /** QuestionOut */
        QuestionOut: {
            /** Algorithms */
            algorithms: {
                [key: string]: unknown;
            }[];
            /** Answer Match Pattern */
            answer_match_pattern: string;
            /** Answer Max Length */
            answer_max_length: number | null;
            /** Answer Max Value */
            answer_max_value: number | null;
            /** Answer Min Length */
            answer_min_length: number | null;
            /** Answer Min Value */
            answer_min_value: number | null;
            /** Answer Step Size */
            answer_step_size: string | null;
            /** Answer Type */
            answer_type: string;
            /** Api Url */
            api_url: string;
            /** Default Annotation Color */
            default_annotation_color: string | null;
            /** Empty Answer Confirmation */
            empty_answer_confirmation: boolean;
            /** Empty Answer Confirmation Label */
            empty_answer_confirmation_label: string;
            /** Empty Answer Confirmation Label Safe */
            empty_answer_confirmation_label_safe: string;
            /** Form Direction */
            form_direction: string;
            /** Help Text */
            help_text: string;
            /** Help Text Safe */
            help_text_safe: string;
            /** Image Port */
            image_port: string;
            /** Interactive Algorithms */
            interactive_algorithms: string[];
            interface: components["schemas"]["SocketOut"] | null;
            look_up_table: components["schemas"]["LookUpTableOut"] | null;
            /** Options */
            options: components["schemas"]["OptionOut"][];
            /** Order */
            order: number;
            /** Overlay Segments */
            overlay_segments: {
                [key: string]: unknown;
            }[] | null;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Question Text */
            question_text: string;
            /** Question Text Safe */
            question_text_safe: string;
            /** Reader Study */
            reader_study: string;
            /** Required */
            required: boolean;
            /** Score Tolerance */
            score_tolerance: number;
            /** Widget */
            widget: string;
        };
        /** RequestOut */
        RequestOut: {
            /** Created */
            created: string;
            /** Reason */
            reason: string;
            /** Status */
            status: string;
            /** Username */
            username: string;
        };
        /** ResetIn */
        ResetIn: {
            /** Password */
            password: string;
            /** Token */
            token: string;
            /** Uid */
            uid: string;
        };
        /** SentOut */
        SentOut: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Is Mailed */
            is_mailed: boolean;
            /** Link */
            link: string;
        };
        /**
         * SettingsIn
         * @description Put `settings` in the place of all that were there; `version` may come along and is not looked at.
         */
        SettingsIn: {
            /** Settings */
            settings: {
                [key: string]: unknown;
            };
            /** Version */
            version?: number | null;
        };
        /**
         * SettingsOut
         * @description The caller's own settings of the viewer; `version` counts their changes.
         */
        SettingsOut: {
            /** Settings */
            settings: {
                [key: string]: unknown;
            };
            /** Version */
            version: number;
        };
        /** SignInIn */
        SignInIn: {
            /** Password */
            password: string;
            /** Username */
            username: string;
        };
        /** SignedUploadOut */
        SignedUploadOut: {
            /** Api Url */
            api_url: string;
            /** Created */
            created: string;
            /** Filename */
            filename: string;
            /** Key */
            key: string;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Presigned Urls */
            presigned_urls: {
                [key: string]: string;
            };
            /** S3 Upload Id */
            s3_upload_id: string;
            /** Status */
            status: string;
        };
        /** SlideOut */
        SlideOut: {
            /** Findings */
            findings: {
                [key: string]: unknown;
            }[];
            /** Geometry */
            geometry: {
                [key: string]: unknown;
            };
            /** Halvings */
            halvings: number;
            /** Height */
            height: number;
            /** Name */
            name: string;
            /** Tile Size */
            tile_size: number;
            /** Width */
            width: number;
        };
        /** SocketFieldsIn */
        SocketFieldsIn: {
            /** Default Value */
            default_value?: unknown;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Is Stored As File
             * @default false
             */
            is_stored_as_file: boolean;
            /**
             * Kind
             * @default
             */
            kind: string;
            /** Look Up Table */
            look_up_table?: string | null;
            /** Overlay Segments */
            overlay_segments?: {
                [key: string]: unknown;
            }[] | null;
            /**
             * Relative Path
             * @default
             */
            relative_path: string;
            /**
             * Title
             * @default
             */
            title: string;
            /** Value Schema */
            value_schema?: {
                [key: string]: unknown;
            } | boolean | null;
        };
        /** SocketIn */
        SocketIn: {
            /** Default Value */
            default_value?: unknown;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Is Stored As File
             * @default false
             */
            is_stored_as_file: boolean;
            /** Kind */
            kind: string;
            /** Look Up Table */
            look_up_table?: string | null;
            /** Overlay Segments */
            overlay_segments?: {
                [key: string]: unknown;
            }[] | null;
            /** Relative Path */
            relative_path: string;
            /** Title */
            title: string;
            /** Value Schema */
            value_schema?: {
                [key: string]: unknown;
            } | boolean | null;
        };
        /** SocketOut */
        SocketOut: {
            /** Default Value */
            default_value?: unknown;
            /** Description */
            description: string | null;
            /** Kind */
            kind: string;
            look_up_table: components["schemas"]["LookUpTableOut"] | null;
            /** Overlay Segments */
            overlay_segments: {
                [key: string]: unknown;
            }[] | null;
            /** Pk */
            pk: number;
            /** Relative Path */
            relative_path: string;
            /** Slug */
            slug: string;
            /** Super Kind */
            super_kind: string;
            /** Title */
            title: string;
        };
        /**
         * SourceOut
         * @description A pack or a slide; of a pack also how many bytes from its start are enough to scroll through all of it.
         */
        SourceOut: {
            /** Coarse Bytes */
            coarse_bytes: number | null;
            slide: components["schemas"]["SlideOut"] | null;
            /** Url */
            url: string | null;
        };
        /** StateIn */
        StateIn: {
            /** State */
            state: string;
            /**
             * Why
             * @default
             */
            why: string;
        };
        /** StatusOut */
        StatusOut: {
            /** Is Locked */
            is_locked: boolean;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Status */
            status: string;
            /** Values */
            values: {
                [key: string]: unknown;
            }[];
        };
        /** StudyChangesIn */
        StudyChangesIn: {
            /**
             * Access Request Handling
             * @default manual-review
             */
            access_request_handling: string;
            /**
             * Allow Answer Modification
             * @default false
             */
            allow_answer_modification: boolean;
            /**
             * Allow Case Navigation
             * @default false
             */
            allow_case_navigation: boolean;
            /**
             * Allow Show All Annotations
             * @default false
             */
            allow_show_all_annotations: boolean;
            /**
             * Case Text
             * @default {}
             */
            case_text: {
                [key: string]: string;
            };
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Enable Autosaving
             * @default false
             */
            enable_autosaving: boolean;
            /**
             * End Of Study Text
             * @default
             */
            end_of_study_text: string;
            /** Hanging Protocol */
            hanging_protocol?: string | null;
            /**
             * Help Text
             * @default
             */
            help_text: string;
            /**
             * Instant Verification
             * @default false
             */
            instant_verification: boolean;
            /**
             * Is Educational
             * @default false
             */
            is_educational: boolean;
            /**
             * Is Public
             * @default false
             */
            is_public: boolean;
            /**
             * Leaderboard Accessible To Readers
             * @default false
             */
            leaderboard_accessible_to_readers: boolean;
            /** Max Credits */
            max_credits?: number | null;
            /**
             * Modalities
             * @default []
             */
            modalities: string[];
            /**
             * Optional Hanging Protocols
             * @default []
             */
            optional_hanging_protocols: string[];
            /**
             * Organizations
             * @default []
             */
            organizations: string[];
            /**
             * Publications
             * @default []
             */
            publications: string[];
            /**
             * Roll Over Answers For N Cases
             * @default 0
             */
            roll_over_answers_for_n_cases: number;
            /**
             * Scoring Rule
             * @default Set-wise
             */
            scoring_rule: string;
            /**
             * Shuffle Hanging List
             * @default false
             */
            shuffle_hanging_list: boolean;
            /**
             * Structures
             * @default []
             */
            structures: string[];
            /**
             * Title
             * @default
             */
            title: string;
            /**
             * View Content
             * @default {}
             */
            view_content: {
                [key: string]: string[];
            };
            /**
             * Why
             * @default
             */
            why: string;
            /** Workstation Config */
            workstation_config?: string | null;
        };
        /** StudyIn */
        StudyIn: {
            /**
             * Access Request Handling
             * @default manual-review
             */
            access_request_handling: string;
            /**
             * Allow Answer Modification
             * @default false
             */
            allow_answer_modification: boolean;
            /**
             * Allow Case Navigation
             * @default false
             */
            allow_case_navigation: boolean;
            /**
             * Allow Show All Annotations
             * @default false
             */
            allow_show_all_annotations: boolean;
            /**
             * Case Text
             * @default {}
             */
            case_text: {
                [key: string]: string;
            };
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Enable Autosaving
             * @default false
             */
            enable_autosaving: boolean;
            /**
             * End Of Study Text
             * @default
             */
            end_of_study_text: string;
            /** Hanging Protocol */
            hanging_protocol?: string | null;
            /**
             * Help Text
             * @default
             */
            help_text: string;
            /**
             * Instant Verification
             * @default false
             */
            instant_verification: boolean;
            /**
             * Is Educational
             * @default false
             */
            is_educational: boolean;
            /**
             * Is Public
             * @default false
             */
            is_public: boolean;
            /**
             * Leaderboard Accessible To Readers
             * @default false
             */
            leaderboard_accessible_to_readers: boolean;
            /** Max Credits */
            max_credits?: number | null;
            /**
             * Modalities
             * @default []
             */
            modalities: string[];
            /**
             * Optional Hanging Protocols
             * @default []
             */
            optional_hanging_protocols: string[];
            /**
             * Organizations
             * @default []
             */
            organizations: string[];
            /**
             * Publications
             * @default []
             */
            publications: string[];
            /**
             * Roll Over Answers For N Cases
             * @default 0
             */
            roll_over_answers_for_n_cases: number;
            /**
             * Scoring Rule
             * @default Set-wise
             */
            scoring_rule: string;
            /**
             * Shuffle Hanging List
             * @default false
             */
            shuffle_hanging_list: boolean;
            /**
             * Structures
             * @default []
             */
            structures: string[];
            /** Title */
            title: string;
            /**
             * View Content
             * @default {}
             */
            view_content: {
                [key: string]: string[];
            };
            /** Workstation Config */
            workstation_config?: string | null;
        };
        /** StudyOut */
        StudyOut: {
            /** Access Request Handling */
            access_request_handling: string;
            /** Allow Answer Modification */
            allow_answer_modification: boolean;
            /** Allow Case Navigation */
            allow_case_navigation: boolean;
            /** Allow Show All Annotations */
            allow_show_all_annotations: boolean;
            /** Api Url */
            api_url: string;
            /** Case Text */
            case_text: {
                [key: string]: string;
            };
            /** Credits Used */
            credits_used: number | null;
            /** Description */
            description: string | null;
            /** Enable Autosaving */
            enable_autosaving: boolean;
            /** End Of Study Text */
            end_of_study_text: string;
            /** End Of Study Text Safe */
            end_of_study_text_safe: string;
            hanging_protocol: components["schemas"]["HangingProtocolOut"] | null;
            /** Has Ground Truth */
            has_ground_truth: boolean;
            /** Help Text */
            help_text: string;
            /** Help Text Safe */
            help_text_safe: string;
            /** Instant Verification */
            instant_verification: boolean;
            /** Is Educational */
            is_educational: boolean;
            /** Is Public */
            is_public: boolean;
            /** Leaderboard Accessible To Readers */
            leaderboard_accessible_to_readers: boolean;
            /** Logo */
            logo: string;
            /** Max Credits */
            max_credits: number | null;
            /** Modalities */
            modalities: string[];
            /** Optional Hanging Protocols */
            optional_hanging_protocols: components["schemas"]["HangingProtocolOut"][];
            /** Organizations */
            organizations: string[];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** Publications */
            publications: string[];
            /** Questions */
            questions: components["schemas"]["QuestionOut"][];
            /** Roll Over Answers For N Cases */
            roll_over_answers_for_n_cases: number;
            /** Scoring Rule */
            scoring_rule: string;
            /** Shuffle Hanging List */
            shuffle_hanging_list: boolean;
            /** Slug */
            slug: string;
            /** State */
            state: string;
            /** Structures */
            structures: string[];
            /** Title */
            title: string;
            /** Title Safe */
            title_safe: string;
            /** Url */
            url: string;
            /** View Content */
            view_content: {
                [key: string]: string[];
            };
            /**
             * Warnings
             * @default {}
             */
            warnings: {
                [key: string]: string;
            };
            /** Workstation Config */
            workstation_config: string | null;
        };
        /** TokenIn */
        TokenIn: {
            /** Days */
            days?: number | null;
            /**
             * Name
             * @default
             */
            name: string;
            /** Scopes */
            scopes?: string[];
        };
        /** TokenOut */
        TokenOut: {
            /** Created At */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Hint */
            hint: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Last Used At */
            last_used_at: string | null;
            /** Name */
            name: string;
            /** Scopes */
            scopes: string[];
        };
        /** TruthOut */
        TruthOut: {
            /** Answer */
            answer?: unknown;
            /** Answer Text */
            answer_text?: unknown;
            /** Explanation */
            explanation: string;
            /** Options */
            options: {
                [key: string]: string;
            };
            /** Question Text */
            question_text: string;
        };
        /** UploadIn */
        UploadIn: {
            /** Filename */
            filename: string;
            /**
             * Part Numbers
             * @default []
             */
            part_numbers: number[];
        };
        /** UploadOut */
        UploadOut: {
            /** Api Url */
            api_url: string;
            /** Created */
            created: string;
            /** Filename */
            filename: string;
            /** Key */
            key: string;
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** S3 Upload Id */
            s3_upload_id: string;
            /** Status */
            status: string;
        };
        /** UploadPartsOut */
        UploadPartsOut: {
            /** Api Url */
            api_url: string;
            /** Created */
            created: string;
            /** Filename */
            filename: string;
            /** Key */
            key: string;
            /** Parts */
            parts: components["schemas"]["PartOut"][];
            /**
             * Pk
             * Format: uuid
             */
            pk: string;
            /** S3 Upload Id */
            s3_upload_id: string;
            /** Status */
            status: string;
        };
        /**
         * ValueIn
         * @description What is to stand in a socket; give one of value, image, user_upload, user_uploads and upload_session.
         */
        ValueIn: {
            /** File */
            file?: unknown;
            /** Image */
            image?: string | null;
            /** Image Name */
            image_name?: string | null;
            /** Interface */
            interface: string;
            /** Upload Session */
            upload_session?: string | null;
            /** User Upload */
            user_upload?: string | null;
            /** User Uploads */
            user_uploads?: string[] | null;
            /** Value */
            value?: unknown;
        };
        /**
         * ValueOut
         * @description What stands in a socket; at most one of value, file and image.
         */
        ValueOut: {
            /** File */
            file: string | null;
            /** Image */
            image: string | null;
            interface: components["schemas"]["SocketOut"];
            /** Pk */
            pk: number;
            socket: components["schemas"]["SocketOut"];
            /** Value */
            value?: unknown;
        };
        /** WindowPresetOut */
        WindowPresetOut: {
            /** Center */
            center: number | null;
            /** Description */
            description: string | null;
            /** Lower Percentile */
            lower_percentile: number | null;
            /** Pk */
            pk: number;
            /** Slug */
            slug: string;
            /** Title */
            title: string;
            /** Upper Percentile */
            upper_percentile: number | null;
            /** Width */
            width: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AcceptanceIn = components['schemas']['AcceptanceIn'];
export type AnswerChangesIn = components['schemas']['AnswerChangesIn'];
export type AnswerIn = components['schemas']['AnswerIn'];
export type AnswerOut = components['schemas']['AnswerOut'];
export type AppliedOut = components['schemas']['AppliedOut'];
export type ArchiveFieldsIn = components['schemas']['ArchiveFieldsIn'];
export type ArchiveIn = components['schemas']['ArchiveIn'];
export type ArchiveMemberIn = components['schemas']['ArchiveMemberIn'];
export type ArchiveMemberOut = components['schemas']['ArchiveMemberOut'];
export type ArchiveOut = components['schemas']['ArchiveOut'];
export type BulkDeleteIn = components['schemas']['BulkDeleteIn'];
export type CompletenessOut = components['schemas']['CompletenessOut'];
export type ConfigIn = components['schemas']['ConfigIn'];
export type ConfigOut = components['schemas']['ConfigOut'];
export type CopyIn = components['schemas']['CopyIn'];
export type DecisionIn = components['schemas']['DecisionIn'];
export type DisplaySetChangesIn = components['schemas']['DisplaySetChangesIn'];
export type DisplaySetIn = components['schemas']['DisplaySetIn'];
export type DisplaySetOut = components['schemas']['DisplaySetOut'];
export type ForgottenIn = components['schemas']['ForgottenIn'];
export type FromReaderIn = components['schemas']['FromReaderIn'];
export type GapOut = components['schemas']['GapOut'];
export type HangingProtocolOut = components['schemas']['HangingProtocolOut'];
export type HistoryOut = components['schemas']['HistoryOut'];
export type ImageFileOut = components['schemas']['ImageFileOut'];
export type ImageOut = components['schemas']['ImageOut'];
export type ImportIn = components['schemas']['ImportIn'];
export type ImportOut = components['schemas']['ImportOut'];
export type InvitationIn = components['schemas']['InvitationIn'];
export type InvitationOut = components['schemas']['InvitationOut'];
export type ItemChangesIn = components['schemas']['ItemChangesIn'];
export type ItemIn = components['schemas']['ItemIn'];
export type ItemOut = components['schemas']['ItemOut'];
export type LookUpTableIn = components['schemas']['LookUpTableIn'];
export type LookUpTableOut = components['schemas']['LookUpTableOut'];
export type MemberIn = components['schemas']['MemberIn'];
export type MemberOut = components['schemas']['MemberOut'];
export type NewTokenOut = components['schemas']['NewTokenOut'];
export type OptionIn = components['schemas']['OptionIn'];
export type OptionOut = components['schemas']['OptionOut'];
export type OutcomeOut = components['schemas']['OutcomeOut'];
export type PackOut = components['schemas']['PackOut'];
export type PageOfAnswerOut = components['schemas']['PageOf_AnswerOut_'];
export type PageOfArchiveOut = components['schemas']['PageOf_ArchiveOut_'];
export type PageOfConfigOut = components['schemas']['PageOf_ConfigOut_'];
export type PageOfDisplaySetOut = components['schemas']['PageOf_DisplaySetOut_'];
export type PageOfHangingProtocolOut = components['schemas']['PageOf_HangingProtocolOut_'];
export type PageOfImageOut = components['schemas']['PageOf_ImageOut_'];
export type PageOfImportOut = components['schemas']['PageOf_ImportOut_'];
export type PageOfItemOut = components['schemas']['PageOf_ItemOut_'];
export type PageOfOutcomeOut = components['schemas']['PageOf_OutcomeOut_'];
export type PageOfQuestionOut = components['schemas']['PageOf_QuestionOut_'];
export type PageOfSocketOut = components['schemas']['PageOf_SocketOut_'];
export type PageOfStudyOut = components['schemas']['PageOf_StudyOut_'];
export type PageOfUploadOut = components['schemas']['PageOf_UploadOut_'];
export type PageOfDictStrStr = components['schemas']['PageOf_dict_str__str__'];
export type PartIn = components['schemas']['PartIn'];
export type PartNumbersIn = components['schemas']['PartNumbersIn'];
export type PartOut = components['schemas']['PartOut'];
export type PartsIn = components['schemas']['PartsIn'];
export type PasswordIn = components['schemas']['PasswordIn'];
export type PersonOut = components['schemas']['PersonOut'];
export type PlaceOut = components['schemas']['PlaceOut'];
export type PostedDisplaySetOut = components['schemas']['PostedDisplaySetOut'];
export type PostedItemOut = components['schemas']['PostedItemOut'];
export type PostedValueOut = components['schemas']['PostedValueOut'];
export type PresetIn = components['schemas']['PresetIn'];
export type ProgressOut = components['schemas']['ProgressOut'];
export type ProtocolChangesIn = components['schemas']['ProtocolChangesIn'];
export type ProtocolIn = components['schemas']['ProtocolIn'];
export type QuestionChangesIn = components['schemas']['QuestionChangesIn'];
export type QuestionIn = components['schemas']['QuestionIn'];
export type QuestionOut = components['schemas']['QuestionOut'];
export type RequestOut = components['schemas']['RequestOut'];
export type ResetIn = components['schemas']['ResetIn'];
export type SentOut = components['schemas']['SentOut'];
export type SettingsIn = components['schemas']['SettingsIn'];
export type SettingsOut = components['schemas']['SettingsOut'];
export type SignInIn = components['schemas']['SignInIn'];
export type SignedUploadOut = components['schemas']['SignedUploadOut'];
export type SlideOut = components['schemas']['SlideOut'];
export type SocketFieldsIn = components['schemas']['SocketFieldsIn'];
export type SocketIn = components['schemas']['SocketIn'];
export type SocketOut = components['schemas']['SocketOut'];
export type SourceOut = components['schemas']['SourceOut'];
export type StateIn = components['schemas']['StateIn'];
export type StatusOut = components['schemas']['StatusOut'];
export type StudyChangesIn = components['schemas']['StudyChangesIn'];
export type StudyIn = components['schemas']['StudyIn'];
export type StudyOut = components['schemas']['StudyOut'];
export type TokenIn = components['schemas']['TokenIn'];
export type TokenOut = components['schemas']['TokenOut'];
export type TruthOut = components['schemas']['TruthOut'];
export type UploadIn = components['schemas']['UploadIn'];
export type UploadOut = components['schemas']['UploadOut'];
export type UploadPartsOut = components['schemas']['UploadPartsOut'];
export type ValueIn = components['schemas']['ValueIn'];
export type ValueOut = components['schemas']['ValueOut'];
export type WindowPresetOut = components['schemas']['WindowPresetOut'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
