//! Logging in with others: scenarios that are written once and run against each example app, at a provider of our own that lies
//! when it is told to, and at providers that others wrote.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

mod accounts;
mod as_they_answer;
mod authlib;
mod certified;
mod certified_tokens;
mod clients;
mod examples;
mod flow;
mod forgeries;
mod id_tokens;
mod kept_tokens;
mod key_names;
mod keys;
mod kinds;
mod lies;
mod linking;
mod login_names;
mod logout;
mod oracle;
mod pending;
mod reference;
mod resource;
mod rp;
mod squatting;
mod step_up;
mod way_back;

conformance::scenarios! {
    accounts {
        an_unproven_address_opens_nothing,
        a_proven_address_links_only_by_policy_and_trust,
        a_proven_address_takes_the_account_that_a_squatter_prepared,
        the_same_on_sqlite,
        what_is_no_proof_or_not_a_squatters_takes_no_account,
        names_come_along_with_a_new_account,
        a_new_account_has_the_address_if_it_is_proven,
        an_account_is_known_by_issuer_and_subject_alone,
        names_of_new_accounts_are_made_to_fit,
        many_first_logins_at_once_make_one_account,
        an_account_that_was_switched_off_stays_out,
        an_account_that_was_removed_is_made_anew,
        nobody_signs_up_where_that_is_closed,
        whoever_has_to_link_first_is_told_how,
        an_account_without_a_password_has_no_other_way_in,
    }
    as_they_answer {
        what_is_for_show_ends_no_login,
        what_a_token_answer_says_beside_its_token_ends_no_login,
        metadata_is_taken_as_it_is_written,
        what_a_login_needs_ends_it,
        json_may_be_called_a_page,
        what_the_application_may_not_see_ends_no_login,
        userinfo_may_be_signed,
        somebody_who_cancels_is_told_so,
        whoever_meets_a_broken_provider_reads_whose_fault_it_is,
        an_address_that_only_looks_the_same_opens_nothing,
    }
    authlib {
        a_whole_login_through_its_page,
    }
    certified {
        a_whole_login_through_its_pages,
        a_whole_login_by_form_post,
        somebody_who_says_no_is_told_so,
        every_way_of_authenticating_the_client_works,
        every_algorithm_of_its_id_tokens_is_taken,
        its_userinfo_may_be_signed,
        its_keys_may_change_in_mid_flight,
        logging_out_goes_through_its_page_and_back,
        logging_out_there_ends_the_session_here,
        an_account_is_connected_and_disconnected_by_its_page,
        who_has_no_password_confirms_there,
    }
    certified_tokens {
        its_tokens_are_taken_of_either_kind,
        an_api_may_take_its_tokens_of_both_kinds,
    }
    examples {
        a_program_reads_what_its_token_is_for,
        a_token_for_another_api_opens_nothing,
    }
    flow {
        a_login_by_a_provider_begins_a_session,
        the_same_person_comes_back_to_the_same_account,
        the_request_is_what_the_specifications_want,
        state_nonce_and_verifier_are_fresh_and_unguessable,
        the_callback_is_where_the_configuration_says,
        a_link_alone_starts_nothing,
        the_login_page_has_a_button_for_each_provider,
        a_start_must_meet_the_origin_rule,
        an_unknown_provider_is_404,
        other_methods_are_405,
        the_browser_is_tied_by_a_cookie_of_its_own,
        over_https_that_cookie_is_bound_to_the_host,
        the_cookie_does_not_grow_with_the_number_of_tabs,
        begun_logins_are_limited_for_each_network,
        next_is_followed_to_a_path_on_this_origin_only,
        a_start_takes_forms_and_json,
        replies_on_the_way_are_not_stored,
        somebody_who_is_logged_in_gets_a_new_session,
        a_provider_that_is_down_disturbs_nobody_else,
        a_store_that_is_down_is_503_and_logs_nobody_in,
        a_login_that_was_begun_is_forgotten,
        coming_back_is_a_navigation_from_another_site,
    }
    id_tokens {
        whatever_is_not_right_is_refused,
        a_nonce_is_good_for_its_own_login_only,
        every_usual_algorithm_is_taken,
        a_token_of_another_issuer_with_the_same_key_is_refused,
    }
    key_names {
        a_new_key_under_the_old_name_is_fetched_once_a_cooldown,
        of_two_keys_under_one_name_each_is_tried,
        a_key_that_is_listed_twice_is_one_key,
    }
    keys {
        keys_are_fetched_once,
        a_key_that_is_new_is_fetched_at_once,
        a_key_that_is_gone_is_good_no_more,
        unknown_keys_cause_few_fetches,
        keys_are_kept_for_a_while_when_they_cannot_be_had,
        keys_that_cannot_be_had_for_long_are_good_no_more,
    }
    kinds {
        a_refresh_token_is_no_access_token,
        sliding_tokens_are_taken_where_that_is_said,
        of_several_audiences_of_a_library_one_is_for_access,
    }
    lies {
        pages_in_place_of_json_are_refused,
        errors_are_refused,
        answers_that_are_no_objects_are_refused,
        redirects_are_not_followed,
        silence_ends_in_time,
        a_slow_drip_ends_in_time,
        a_flood_is_not_read_to_its_end,
        ten_mebibytes_are_refused,
        a_token_answer_of_another_form_is_refused,
        a_secret_of_the_provider_never_reaches_the_browser,
        userinfo_of_somebody_else_is_refused,
        metadata_has_to_be_the_issuers_own,
        endpoints_at_forbidden_addresses_are_not_called,
        waiting_for_a_provider_holds_nobody_else_up,
    }
    linking {
        an_account_is_linked_and_logged_in_by,
        a_guest_connects_only_where_people_may_sign_up,
        all_of_it_works_on_sqlite_too,
        linking_takes_a_fresh_login,
        whoever_left_to_link_has_to_come_back,
        an_account_belongs_to_one_user,
        a_linked_account_can_be_unlinked,
        unlinking_takes_a_fresh_login_of_its_owner,
        the_last_way_to_log_in_cannot_be_removed,
        of_the_last_two_one_stays_whatever_happens_at_once,
        unlinking_ends_the_sessions_that_the_account_began,
        the_session_that_disconnects_the_account_that_it_came_by_ends,
        the_page_connects_and_disconnects,
        an_account_without_a_password_confirms_by_its_provider,
        a_login_that_was_long_ago_there_is_not_fresh_here,
        its_owner_is_told_and_locks_everybody_out,
        its_owner_is_told_of_a_disconnected_account,
    }
    login_names {
        a_further_name_that_is_the_proven_address_links_nothing,
    }
    logout {
        a_provider_ends_the_session_that_it_names,
        a_provider_ends_all_sessions_of_its_subject,
        a_logout_of_nobody_here_is_fine,
        a_logout_token_that_is_not_right_ends_nothing,
        an_id_token_is_no_logout_token,
        a_logout_token_that_is_dated_back_works_once,
        a_logout_token_works_once,
        a_logout_that_overtakes_a_login_ends_it,
        a_logout_of_another_session_overtakes_nobody,
        a_login_by_an_account_that_is_disconnected_meanwhile_ends,
        a_login_that_takes_longer_than_logouts_are_remembered_ends,
        a_logout_needs_no_origin_and_no_cookie,
        a_logout_while_the_store_is_down_can_be_tried_again,
        logging_out_here_logs_out_there,
        logging_out_stays_here_unless_told_otherwise,
        a_provider_that_is_down_keeps_nobody_logged_in,
    }
    pending {
        a_login_by_a_provider_waits,
        a_factor_leads_to_where_the_login_wanted,
        a_login_that_its_provider_ends_while_it_waits_lets_nobody_in,
        a_login_by_an_account_that_is_disconnected_while_it_waits_lets_nobody_in,
        a_proof_that_its_provider_ends_while_it_waits_confirms_nobody,
        a_login_to_link_waits,
        a_proof_by_a_provider_waits,
    }
    reference {
        each_route_refuses_as_the_page_says,
        a_logout_token_that_is_missing_is_named,
    }
    resource {
        a_token_opens_what_its_scope_says,
        nothing_else_is_taken_in_its_place,
        a_token_that_is_not_right_is_refused,
        an_id_token_is_no_access_token,
        an_issuer_that_nobody_named_is_not_even_called,
        several_issuers_are_judged_each_by_its_own_keys,
        keys_are_fetched_once_and_made_up_ones_cause_few_fetches,
        a_key_that_is_gone_opens_nothing_any_more,
        keys_that_cannot_be_had_are_503_and_soon,
        an_opaque_token_is_asked_about_once,
        what_is_said_of_an_opaque_token_has_to_fit,
        a_token_stands_for_a_user_only_if_the_application_says_so,
    }
    squatting {
        nothing_that_a_squatter_prepared_opens_anything,
        the_same_on_sqlite,
        a_link_that_was_begun_before_the_proof_comes_too_late,
    }
    step_up {
        an_account_with_a_password_is_not_confirmed_by_a_provider,
        a_login_that_is_not_dated_makes_nobody_fresh_who_has_a_password,
        a_provider_that_cannot_be_asked_confirms_nobody,
        linking_is_decided_again_when_the_provider_has_answered,
    }
    way_back {
        two_tabs_both_finish,
        an_answer_without_a_state_of_ours_is_refused,
        an_answer_works_once,
        who_loads_the_way_back_again_is_told_that_they_are_logged_in,
        of_many_answers_at_once_one_wins,
        an_answer_comes_within_ten_minutes,
        nobody_is_logged_in_by_anothers_callback,
        an_answer_of_another_provider_is_refused,
        the_answers_issuer_has_to_be_the_providers,
        an_issuer_need_not_be_named_where_that_was_not_announced,
        an_error_of_the_provider_is_told_and_escaped,
        an_error_uses_its_attempt_up,
        an_injected_code_is_refused_by_pkce,
        an_answer_without_a_code_is_refused,
        an_answer_longer_than_any_is_refused,
        an_answer_by_form_post_is_fetched_by_the_browser,
        a_posted_answer_waits_a_minute_for_its_own_browser,
        a_posted_answer_is_a_form_and_nothing_else,
    }
}
