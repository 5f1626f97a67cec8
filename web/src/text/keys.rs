//! The keys of every text, once. English is this struct, so a missing text does not compile; Chinese is
//! `www/zh.txt`, a line for each key in this order, fetched where somebody reads it.

macro_rules! keys {
    ($($key:ident)*) => {
        /// All texts of the page in one language. `{0}`, `{1}` … are filled by [`super::fill`].
        #[derive(Debug)]
        pub struct Text {
            $(#[doc = concat!("`", stringify!($key), "`")] pub $key: &'static str,)*
        }

        /// The keys' fingerprint: a table that was written for others is not read.
        pub(super) const KEYS: u32 = fingerprint(concat!($(stringify!($key), " "),*));

        impl Text {
            /// Reads a table: `keys` and the fingerprint, then `key text` for each key in order. Texts are
            /// borrowed. `None` where it is another program's table, or not whole.
            pub fn read(table: &'static str) -> Option<Self> {
                let mut lines = table.lines();
                let keys = lines.next()?.strip_prefix("keys ")?;
                if u32::from_str_radix(keys, 16).ok()? != KEYS {
                    return None;
                }
                Some(Self { $($key: next(&mut lines)?,)* })
            }

            /// Every key with its text.
            #[cfg(test)]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key)),*]
            }
        }
    };
}

#[inline(never)]
fn next(lines: &mut core::str::Lines<'static>) -> Option<&'static str> {
    lines.next()?.split_once(' ').map(|(_, text)| text)
}

/// FNV-1a, 32 bits.
const fn fingerprint(text: &str) -> u32 {
    let (bytes, mut hash, mut at) = (text.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

keys! {
    brand labs tab_tablet runs branches undo redo find find_hint share language language_short theme_dark
    theme_light shortcuts more close cancel dismiss bench inspector timeline show_inspector status skip
    projector keys_on on off engine_waits loading loading_note saved saving unsaved read_only in_memory
    saved_tip saving_tip save_now saved_here kept_nowhere kept_partly other_tab ban_read_only take_over
    ban_quota ban_failed retry export free_space ban_memory ban_tail ban_core ban_lost ban_newer ban_unread ban_broken
    ban_dead reload go_step copy_report do_ v_load v_delete v_cumulative v_base v_full v_compact v_query
    v_sweep v_restart newest query_version reader_holds reader_holds_tip nothing_selected workload
    workload_on k_load_size k_segments k_load_every k_delete_every k_query_every k_holds k_compact_every
    settings changed_reset k_deletion deletion_off deletion_time deletion_size k_keying keying_id
    keying_version k_sweep_after k_sweep_every k_threshold k_max_versions k_min_score k_max_score k_base_min
    never unit_s unit_mb unit_loads unit_rowsets always_true checked checkers_off inv_all inv_cover
    inv_orphan inv_missing inv_orphans view map graph table text import_json import_short zoom_in zoom_out
    fit tablet_n sub_versions drawing_of no_point lg_loaded lg_cumulative lg_base lg_delete lg_overlap
    lg_stale lg_fuse empty_title empty_note m_live m_stale m_stale_bytes m_path m_230 p_live p_stale p_path
    p_230 of_n rowsets_unit served_n c_versions c_size c_segments c_kind c_state c_path c_expires
    table_label joined live stale missing expired h_fresh h_cumulative h_base h_delete unknown overlap_mark
    copy copied copy_failed no_chinese as_text pinned rowset events query_at planned_at served waiting waiting_note
    served_note served_stale stale_path path_more collected why_inside why_swept why_at_once why_missing
    why_stuck why_greedy why_not_yet fate_of fate_visible fate_from_start fate_served fate_served_by
    fate_lost fate_lost_before fate_inside fate_no fate_none fate_not_visible reader_started step_at no_read
    no_read_note why_pick pick_next pick_input pick_rule pick_none pick_side
    pick_side_base no_rowset no_rowset_note rowset_gone d_id d_external d_versions d_size d_rows d_segments
    d_overlap d_created d_level d_kind d_score d_state d_expires d_never kind_data kind_delete yes no
    unknown_why created_by replaced_by came_with not_replaced compact_this by_user no_events events_note
    e_loaded e_deleted e_refused e_compacted e_compacted_path e_point
    e_point_delete e_reader e_served e_failed e_swept e_nothing e_nothing_next e_stopped e_stopped_check
    e_rebuilt e_restarted e_knobs e_workload kd_cumulative kd_base kd_full kd_chosen say_step say_playing
    play pause to_start to_end step_back step_next step step_box by_unit by_step by_command speed mark
    branch_here lane lane_prev lane_next l_loads l_compactions l_reads l_failures l_sweeps mark_name seed
    steps_per_s digest checkers may_evict new_run open_file rename trash restore in_trash steps_n imported
    no_runs trashed run_n run_name branch_name forked_at other_branch toast_fork s_incident s_steady
    s_before s_by_size s_small s_orphan s_crossing s_import s_empty r_load_too_big r_version_unknown
    r_too_many r_cuts r_not_covered r_nothing r_knob_zero share_run share_text share_csv
    share_svg share_digest nothing_uploaded import_title import_lead import_field import_pick import_drop
    import_play import_private import_found import_ungrouped import_missing import_no_point import_unknown
    import_note import_more import_policy f_bytes f_rows f_created f_segments f_overlap f_kind import_point
    import_at import_kept import_reading intro_title intro_asked intro_play intro_load g_verb g_view g_go
    g_run g_scenario g_mark g_branch g_page p_none p_open p_new p_switch p_mark q_play q_step q_ten q_time
    q_lane q_ends q_speed q_zoom q_pan q_centre q_fit q_undo q_branch q_next q_mark q_find q_palette q_table
    q_sheet q_clear go read_path sheet_do
    no_such_lab compare compare_title compare_branch compare_none compare_again compare_go compare_note compare_end compare_at compare_less ab_value b_facts b_item b_no_item b_gone b_computed b_given b_spans b_arrows b_marks b_lane b_kind b_from b_until b_takes b_note b_going b_lost b_tables b_more b_less b_drawing b_rows b_lab_text
    me_title me_lead me_start me_long me_copy me_whole me_split me_axes me_append me_read me_look_up me_infos
    me_what me_moved me_runs me_filling me_timing me_stopping me_stopped me_done me_failed
    ru_no_point ru_no_candidates ru_gap ru_promotion ru_before_delete ru_no_before_delete ru_empty_run
    ru_largest ru_all_at_max ru_query_first ru_levels_fall ru_too_little ru_single ru_levels_match
    ru_not_ready ru_goal_size ru_max_rowsets ru_file_count ru_time ru_level_size ru_level_time
    ru_nothing_due ru_score_low ru_score ru_too_few ru_first_pair ru_remote_delete ru_rowset_count
    ru_data_ratio ru_base_age ru_base_waits ru_everything ru_idle_overlap ru_idle_point ru_by_hand
    ru_own_pick ru_own_leaves ru_own_failed pol_own
    pol_size_based pol_time_series pol_num_based pol_cloud k_policy k_invisible k_promotion
    k_promotion_ratio k_promotion_min k_min_size k_goal k_file_count k_time k_empty_rowsets k_levels
    k_cloud_empty k_base_score k_base_ratio k_base_interval k_max_versions_ts k_publish k_burst
    k_big_every s_small_loads s_bursts s_big s_deletes s_time_series s_mixed s_invisible invisible_off
    invisible_on m_write m_space m_235 e_idle e_idle_invisible e_visible r_picked pick_policy
    pick_score_is times
}
