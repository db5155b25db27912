//! The scenarios: each is written once and run against each example app, so that a test reads `axum::bodies::…`, and one of tokens
//! `of_tokens::axum::claims::…`.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

mod account;
mod addresses;
mod any_of;
mod assertions;
mod authorize;
mod backchannel;
mod bodies;
mod breached;
mod by_hand;
mod claims;
mod client_documents;
mod client_registration;
mod clients;
mod closing;
mod cookies;
mod devices;
mod dpop;
mod end_session;
mod events;
mod example;
mod families;
mod forgery;
mod fresh;
mod grants;
mod guards;
mod guests;
mod headers;
mod health;
mod hostile;
mod hosting;
mod htmx;
mod human;
mod introspection;
mod invitations;
mod jwt;
mod languages;
mod led_on;
mod limits;
mod login;
mod login_names;
mod machine_tokens;
mod magic_link;
mod meanwhile;
mod mfa_rules;
mod notices;
mod of_authorization;
mod of_clients;
mod of_tokens;
mod openapi;
mod openid;
mod oracle_client;
mod origin;
mod our_own_client;
mod outages;
mod outside_sessions;
mod overload;
mod passkey_lies;
mod passkey_refusals;
mod passkey_sign_up;
mod passkeys;
mod passwords;
mod pending;
mod profile;
mod provider_metadata;
mod pushed;
mod races;
mod recovery;
mod redirects;
mod reference;
mod refresh;
mod registered;
mod registration;
mod relying_party;
mod replies;
mod revoke;
mod second_factors;
mod sessions;
mod slow_bodies;
mod squatting;
mod taken;
mod throttle;
mod token_exchange;
mod tokens;
mod typed;
mod unauthenticated_writes;
mod unlock;
mod ways_in;

conformance::scenarios! {
    account {
        its_owner_sees_it,
        nobody_is_sent_to_the_login_page,
        a_login_that_is_not_recent_is_shown_the_way_to_one,
        an_export_holds_what_is_kept_and_no_secret,
        password_managers_find_the_way,
        a_form_that_is_refused_is_shown_again_with_what_was_typed,
    }
    closing {
        everything_ends_at_once,
        the_same_on_sqlite,
        a_browser_is_led_through_it,
        a_closed_account_answers_as_a_disabled_one,
        nothing_but_the_link_revives_it,
        the_link_works_once_and_until_the_end,
        of_many_who_open_it_at_once_one_does,
        whom_support_has_switched_off_opens_nothing,
        after_the_grace_period_nothing_is_left,
        nothing_is_left_on_sqlite_either,
        who_may_do_everything_does_not_close_the_account,
        an_old_login_and_foreign_programs_close_nothing,
        a_program_of_the_users_own_closes_it,
        an_address_that_nobody_proved_is_told_little,
        a_thief_who_took_the_address_too_closes_nothing_for_good,
        who_was_switched_off_is_told_nothing_and_stays_so,
    }
    profile {
        its_owner_changes_it,
        the_same_on_sqlite,
        a_browser_is_led_through_it,
        what_the_policy_does_not_name_is_refused_whole,
        a_user_name_that_is_taken_or_none_is_refused,
        a_new_user_name_is_told_and_logs_in,
        a_name_that_somebody_signed_up_under_is_taken,
        attributes_are_those_of_the_policy,
        who_is_not_logged_in_changes_nothing,
    }
    led_on {
        no_guard_leads_round_in_a_circle_whatever_somebody_has,
        a_code_makes_a_session_fresh_where_nothing_else_can,
        a_code_stands_in_for_nobodys_password,
    }
    mfa_rules {
        who_lacks_a_factor_opens_nothing_until_one_is_added,
        a_browser_is_led_to_where_a_factor_is_added,
        the_grace_begins_with_the_first_request_and_ends,
        tokens_and_basic_are_refused_and_none_is_given_any_more,
        whoever_comes_under_the_rule_does_so_at_the_next_request,
        the_last_factor_of_whoever_must_have_one_stays,
        who_has_added_one_is_where_they_wanted_to_be,
        a_factor_that_somebody_does_not_have_is_set_up,
        each_factor_has_an_age_of_its_own,
        every_way_in_with_and_without_a_factor_and_a_rule,
    }
    notices {
        a_notice_locks_everybody_out,
        the_same_on_sqlite,
        a_browser_is_led_on_to_a_new_password,
        the_link_works_once_for_seven_days_and_for_this_mailbox,
        what_a_thief_changes_meanwhile_does_not_void_it,
        the_notice_of_another_change_does_not_void_it,
    }
    guests {
        a_guest_has_an_account_and_nothing_to_come_back_by,
        who_registers_out_of_it_keeps_the_account,
        where_it_is_told_who_exists_a_taken_address_is_refused,
        whether_the_address_is_taken_is_not_told,
        what_is_refused_leaves_the_guest_as_it_was,
        who_is_logged_in_stays_so,
        guests_go_after_their_time,
        who_signed_up_and_never_came_goes_too,
        an_address_that_was_typed_gives_nothing,
        an_address_alone_makes_nobody_of_them,
        a_network_makes_only_so_many,
    }
    invitations {
        whoever_is_invited_makes_an_account_and_is_in,
        the_same_on_sqlite,
        a_browser_is_led_through_it,
        nobody_else_registers,
        it_is_void_once_it_was_revoked_has_expired_or_a_newer_one_came,
        what_can_be_mended_does_not_use_it_up,
        of_fifty_who_accept_it_at_once_one_does,
        it_takes_an_account_that_a_squatter_prepared,
        who_has_an_account_is_not_invited,
        a_second_factor_is_waited_for,
        the_application_says_who_may_and_what_they_get,
    }
    addresses {
        an_address_changes_once_the_new_one_is_proven,
        whoever_confirms_has_to_own_the_account_too,
        a_thief_who_changes_it_twice_keeps_nothing,
        it_takes_a_recent_login,
        the_old_address_is_told_and_can_stay,
        a_browser_is_led_from_the_old_address_to_a_password,
        the_old_address_comes_back_within_a_week_whatever_was_done_since,
        an_address_that_another_account_proved_stays_there_and_nobody_is_told,
        an_address_that_somebody_only_claims_goes_to_whoever_proves_it,
        of_two_changes_each_link_is_for_the_address_that_it_was_sent_to,
    }
    any_of {
        one_alternative_is_enough,
        a_token_for_it_is_one_of_them,
        a_refusal_that_its_caller_can_mend_is_told_first,
        each_alternative_takes_its_own_credentials,
    }
    bodies {
        a_form_and_a_json_object_say_the_same,
        a_charset_beside_the_type_is_fine,
        another_content_type_is_415,
        an_encoded_body_is_415,
        a_body_above_64_kib_is_413,
        a_malformed_form_is_400,
        a_duplicated_parameter_is_400,
        a_nul_byte_is_400,
        a_json_field_of_the_wrong_type_is_400,
        broken_json_is_400,
        a_missing_field_is_400,
        unknown_fields_are_ignored,
        a_body_that_ends_early_is_no_login,
        oauth_routes_take_forms_only,
    }
    breached {
        a_server_without_manners_keeps_nobody_from_a_password,
        a_server_that_knows_the_password_refuses_it,
        a_server_that_leads_elsewhere_is_not_followed,
    }
    by_hand {
        a_reply_that_sets_a_cookie_is_kept_out_of_caches,
        a_sign_up_of_another_site_makes_no_account,
        a_handler_logs_in_and_out,
        another_site_changes_nothing,
        an_error_that_a_handler_passes_on_takes_the_form_of_the_routes,
        a_page_in_place_of_an_error_keeps_the_other_headers,
        an_applications_own_cors_answers_preflights,
        a_test_acts_as_somebody_who_is_logged_in,
    }
    cookies {
        over_https_it_is_bound_to_the_host,
        over_https_the_origin_is_the_base_urls,
        links_and_redirects_ignore_forwarding_headers,
        no_reply_but_those_of_logins_sets_it,
    }
    events {
        a_refused_login_is_found_by_what_its_reply_says,
        a_page_shows_a_reference_that_leads_to_the_event,
        what_is_done_with_an_account_is_told_and_what_is_refused_is_not,
        a_handlers_and_a_guards_logins_are_told_too,
        a_refresh_token_that_was_stolen_is_an_alarm,
        a_spent_link_and_a_wrong_code_are_found_by_what_their_replies_say,
        a_link_that_something_else_overtook_is_told_of_its_account,
        every_limit_that_is_reached_is_told_and_a_flood_of_it_a_few_times,
        every_form_that_is_shown_again_says_by_what_support_finds_the_event,
        whoever_signs_up_where_nobody_may_is_told_of,
    }
    example {
        every_route_answers_whom_its_guard_lets_in,
        the_home_page_says_who_is_logged_in,
        the_demo_users_are_there,
        a_whole_visit_in_a_browser,
        a_whole_visit_on_sqlite,
    }
    fresh {
        a_login_is_fresh_for_300_seconds,
        a_stale_browser_is_sent_to_reauthenticate,
        a_token_is_as_old_as_its_login,
        reauthentication_makes_fresh_under_a_new_id,
        reauthentication_does_not_move_the_end_of_the_session,
        reauthentication_by_page,
        a_wrong_password_changes_nothing_and_is_counted,
        nobody_reauthenticates_as_somebody_else,
    }
    guards {
        nobody_is_401_with_a_bearer_challenge,
        nobody_in_a_browser_is_sent_to_the_login_page,
        a_bad_bearer_token_is_401_invalid_token,
        a_valid_cookie_beside_a_bad_token_does_not_help,
        an_expired_token_is_refused,
        the_scheme_is_matched_without_case_and_the_token_exactly,
        several_authorization_headers_are_400,
        a_token_in_the_query_is_ignored,
        two_different_session_cookies_are_nobody,
        a_garbage_cookie_is_nobody_and_is_not_cleared,
        a_scheme_that_the_route_does_not_take_is_ignored,
        a_token_of_another_client_is_no_user,
        a_token_without_the_scope_is_403,
        a_user_without_permission_or_staff_flag_is_403,
        basic_is_asked_for_and_taken_on_its_route_only,
        a_guard_answers_before_the_body_is_looked_at,
        headers_that_claim_an_identity_are_ignored,
        nothing_of_the_request_is_reflected_in_a_challenge,
    }
    headers {
        a_pair_of_a_cookie_line_that_is_not_utf8_is_left_out,
        a_line_that_is_not_utf8_counts_as_absent,
        what_stands_left_of_the_client_changes_nothing,
    }
    health {
        a_server_says_that_it_lives_and_is_ready,
        a_server_whose_stores_are_away_lives_and_is_not_ready,
        the_routes_are_there_by_choice_alone,
    }
    hostile {
        a_name_that_is_markup_or_a_template_is_shown_as_it_is,
        the_same_on_sqlite,
        a_name_with_other_lines_or_directions_is_refused_whole,
        an_odd_address_is_one_mailbox_or_none,
        look_alikes_of_an_address_are_told_nothing_of_its_account,
        a_long_address_is_taken_up_to_the_longest_that_mail_servers_take,
        what_stands_in_a_link_is_shown_as_text_and_leads_nowhere_else,
        an_invitation_holds_what_it_is_for_as_text,
        what_is_told_holds_no_line_of_anybody_elses,
    }
    hosting {
        what_browsers_are_told_has_the_path_in_it,
        the_page_after_a_login_is_the_applications_own,
        a_whole_visit_below_a_path,
        the_issuer_is_the_whole_base_url,
        two_applications_below_paths_log_nobody_out,
        two_applications_with_names_of_their_own_log_nobody_out,
        every_cookie_follows_the_name_of_the_session_cookie,
        a_login_by_a_provider_comes_back_below_the_path,
        no_spelling_of_the_path_gets_past_a_guard,
        the_origin_rule_asks_for_the_origin_alone,
        login_routes_at_another_place_than_the_base_url_says_are_not_found,
    }
    htmx {
        a_guard_sends_the_page_to_the_login_page,
        a_guard_refuses_a_form_and_sends_the_page_away,
        login_routes_send_the_page_on,
        a_login_by_a_provider_sends_the_page_there,
    }
    human {
        a_form_that_nothing_shows_to_be_a_persons_does_nothing,
        what_shows_it_counts_once_in_either_field,
        the_pages_show_the_check_and_let_its_script_in_and_no_other_does,
        a_login_is_asked_after_five_failures_whoever_the_name_is,
        whoever_logs_in_every_minute_is_never_asked,
        a_browser_that_is_known_is_not_asked,
        many_names_from_one_network_are_asked_too,
        attempts_without_a_name_put_the_check_on_nobodys_page,
        the_login_page_shows_the_check_before_it_is_wanted,
        while_nobody_can_tell_nobody_is_let_through_unless_that_was_said,
        whoever_accepts_an_invitation_is_not_asked,
        programs_that_log_in_by_other_routes_are_not_asked,
    }
    languages {
        pages_and_errors_are_in_the_language_that_is_asked_for,
        a_language_that_is_chosen_stays_and_needs_no_script,
        no_other_language_and_no_other_site_is_followed,
        mails_are_in_the_language_of_whoever_caused_them,
        an_application_names_its_languages,
        a_language_that_is_chosen_while_logged_in_follows_the_account,
        the_same_on_sqlite,
        whoever_signs_up_is_addressed_in_the_language_of_the_form,
        whoever_asks_for_no_language_has_none_kept,
        a_guest_who_has_chosen_keeps_the_language,
    }
    limits {
        nobody_can_tell_by_them_who_exists,
        a_known_browser_gets_past_them,
        the_cookie_of_a_known_browser_is_handed_out_by_logins_alone,
        one_customer_of_many_networks_locks_nobody_out,
        a_network_that_somebody_logged_in_from_goes_on,
    }
    login {
        login_sets_a_new_session_cookie,
        login_answers_the_user,
        name_and_address_work_in_any_case,
        remember_gives_the_cookie_an_end,
        a_browser_is_redirected_and_logged_in,
        a_wrong_password_is_401_and_shows_the_page_again,
        unknown_wrong_and_disabled_are_told_alike,
        passwords_are_never_trimmed,
        there_is_no_default_account,
        a_planted_session_id_is_never_signed_in,
        logout_kills_the_session_and_clears_the_cookie,
        logout_ends_one_session_only,
        logout_works_when_nobody_is_logged_in,
        me_says_who_and_how,
        a_session_ends_when_it_is_idle,
        a_session_ends_at_its_absolute_limit_however_much_it_is_used,
        anonymous_hits_make_no_session,
        a_logout_beats_a_slow_request,
        switching_an_account_off_ends_everything_at_once,
        a_role_taken_away_is_gone_at_the_next_request,
    }
    login_names {
        every_name_of_an_account_logs_in,
        every_name_of_an_account_logs_in_on_sqlite,
        a_wrong_password_says_the_same_under_each_name,
    }
    magic_link {
        a_mailed_link_logs_in_once,
        a_code_logs_in_the_browser_that_asked,
        five_wrong_codes_are_all_that_count,
        a_browser_is_led_through_it,
        a_link_works_for_a_quarter_of_an_hour_and_for_the_newest_mail,
        nothing_is_told_of_who_exists,
        both_or_neither_is_400,
    }
    meanwhile {
        values_that_change_during_a_reauthentication_stay_changed,
        values_that_change_during_a_password_change_stay_changed,
        a_logout_during_a_reauthentication_wins,
        a_reauthentication_during_a_logout_loses_too,
        a_guard_does_not_wait_for_the_note_that_it_leaves,
        who_signs_up_while_nobody_can_be_let_in_has_an_account,
    }
    openapi {
        it_says_what_the_reference_says,
        it_refuses_as_the_reference_says,
    }
    origin {
        an_unsafe_request_under_a_session_must_meet_it,
        logging_in_must_meet_it_without_any_session,
        every_route_that_changes_something_must_meet_it,
        two_origins_are_refused,
        safe_methods_need_not_meet_it,
        safe_methods_change_nothing,
        a_websocket_handshake_counts_as_unsafe,
        basic_is_ambient_and_must_meet_it,
        a_bearer_token_is_not_ambient,
        oauth_routes_take_no_ambient_credential_and_are_exempt,
        a_foreign_origin_is_refused_before_the_body_is_read,
        a_form_cannot_smuggle_another_method,
    }
    outages {
        every_guard_says_503,
        an_optional_guard_says_503_too,
        a_login_stands_though_what_came_from_the_session_that_it_pushes_out_stays,
        login_routes_say_503,
        oauth_routes_say_503_and_never_200,
        everybody_is_still_logged_in_afterwards,
        an_outage_is_no_failed_guess,
        without_the_store_of_the_limits_logins_go_on_under_stricter_ones,
    }
    outside_sessions {
        it_is_exchanged_for_a_session_of_ours,
        a_login_route_exchanges_it_too,
        what_is_begun_is_never_fresh,
        it_is_exchanged_once,
        many_requests_at_once_begin_one_session,
        a_logout_is_not_undone_by_it,
        a_logout_uses_up_one_that_was_never_exchanged,
        a_logout_beside_the_exchange_wins,
        a_logout_ends_the_session_that_its_cookie_was_exchanged_for,
        a_password_that_changes_beside_the_exchange_wins,
        one_that_failed_at_first_is_still_exchanged_once,
        it_counts_until_its_date,
        it_opens_nothing_for_a_disabled_account,
        one_that_says_nothing_is_nobodys,
        two_different_ones_are_nobodys,
        a_living_session_of_ours_comes_first,
        a_dead_session_of_ours_gives_way_to_it,
        a_request_of_another_site_may_not_use_it,
        a_bearer_token_beside_it_decides,
        an_old_system_that_cannot_answer_is_503,
        a_changed_password_ends_what_was_begun,
    }
    overload {
        a_full_queue_answers_503_and_nothing_worse,
        being_turned_away_is_no_failed_guess,
    }
    passwords {
        a_change_ends_everything_else_and_renews_the_session,
        a_change_does_the_same_on_sqlite,
        a_browser_is_redirected,
        a_weak_password_is_422_with_its_violations,
        length_is_the_only_composition_rule,
        a_change_without_the_current_password_is_refused,
        wrong_current_passwords_are_counted_with_logins,
        a_token_may_change_the_password_too,
        every_byte_of_a_long_password_counts,
    }
    passkey_lies {
        what_was_not_asked_for_is_not_kept,
        what_is_broken_is_not_kept,
        what_was_not_asked_for_logs_nobody_in,
        what_is_broken_logs_nobody_in,
        the_challenge_is_the_one_that_was_signed,
        a_ceremony_is_of_its_browser_and_of_its_kind,
        a_ceremony_ends_after_five_minutes,
    }
    passkey_sign_up {
        somebody_signs_up_with_a_passkey,
        the_same_on_sqlite,
        whose_address_is_taken_is_not_told,
        whoever_proves_the_address_elsewhere_gets_the_account_without_the_passkey,
        a_ceremony_is_of_its_browser_once_and_verifies_somebody,
        whoever_is_invited_signs_up_with_one_and_is_in,
        where_it_is_told_who_exists_they_are_in_at_once,
        nobody_signs_up_where_nobody_may,
        the_page_offers_it,
    }
    passkeys {
        a_passkey_is_made_and_logs_in_without_a_name,
        a_name_says_whose_passkey_it_has_to_be,
        a_name_that_nobody_has_is_answered_alike,
        a_passkey_completes_the_login_that_waits,
        a_second_factor_alone_logs_nobody_in,
        a_session_is_made_fresh_by_its_own_users_passkey_alone,
        only_a_recent_login_of_a_browser_makes_one,
        passkeys_are_listed_named_and_removed,
        the_last_way_in_stays,
        a_counter_that_goes_back_is_refused_and_noted,
        a_counter_of_zero_stays,
        one_that_is_held_is_named_to_the_browser_and_not_kept_twice,
        a_passkey_that_nobody_has_is_said_to_be_unknown,
        of_many_at_once_one_logs_in,
        of_many_at_once_one_is_made,
        a_member_that_stands_twice_in_a_credential_is_refused,
        related_origins_are_published,
        a_page_on_a_related_origin_logs_in_where_the_application_allows_it,
        the_pages_have_a_button_and_one_script,
        without_passkeys_there_are_no_routes,
    }
    pending {
        a_login_by_form_or_json_waits,
        a_browser_is_led_on,
        a_login_by_hand_waits,
        a_login_by_hand_with_a_password_waits,
        a_session_of_another_system_waits,
        a_session_of_another_system_is_looked_at_again_once_the_factor_came,
        a_logout_uses_up_what_waits_for_a_factor,
        reauthentication_leaves_the_session_as_it_was,
        a_factor_leads_to_where_the_login_wanted,
        a_password_is_changed_once_the_factor_was_shown,
        the_password_grant_and_basic_refuse_as_a_wrong_password,
        whoever_lacks_nothing_is_let_in_as_before,
        a_factor_that_is_shown_ends_the_wait,
        five_tries_and_ten_minutes_are_the_limits,
        nobody_is_let_in_once_the_tries_are_used_up,
        a_new_password_ends_the_wait,
        two_different_cookies_are_nobody,
        the_cookie_is_bound_to_the_host_over_https,
        a_test_acts_as_somebody_with_a_factor,
    }
    races {
        of_many_password_changes_at_once_one_wins,
        of_many_reauthentications_at_once_one_session_remains,
        the_most_sessions_hold_under_logins_at_once,
        a_client_that_hangs_up_leaves_nothing_half_done,
        a_failed_login_leaves_the_session_that_is_there,
    }
    recovery {
        a_forgotten_password_is_replaced_and_ends_everything,
        the_same_on_sqlite,
        a_browser_is_led_through_it,
        who_exists_is_not_told,
        a_link_is_void_once_a_newer_one_came_or_the_password_was_changed,
        a_link_works_for_an_hour,
        a_weak_password_does_not_use_the_link_up,
        a_token_of_another_purpose_and_what_is_none_are_refused,
        of_many_resets_by_one_link_one_counts,
        an_address_is_sent_a_few_mails_an_hour,
        whoever_uses_the_mails_of_an_address_up_keeps_its_owner_from_none,
        the_last_link_works_when_no_more_mails_are_sent,
        mails_that_others_ask_for_keep_none_of_another_kind_away,
        a_look_alike_of_an_address_is_sent_nothing,
        another_site_asks_for_nothing,
    }
    redirects {
        next_is_followed_to_a_path_on_this_origin,
        next_to_anywhere_else_leads_home,
        logout_follows_the_same_rule,
        reauthentication_and_password_change_follow_the_same_rule,
        a_page_carries_a_safe_next_and_drops_any_other,
        a_detour_carries_path_and_query_encoded,
        a_detour_carries_the_path_that_a_route_is_nested_in,
        where_a_browser_came_from_is_where_it_ends,
        next_to_the_login_page_leads_home,
        a_refused_form_has_a_link_to_log_in,
    }
    reference {
        each_route_is_for_whom_the_page_says,
        a_required_field_that_is_missing_is_named,
        each_route_reads_the_fields_of_the_page,
        a_browser_goes_on_where_next_says,
        each_route_refuses_as_the_page_says,
        the_token_routes_read_the_fields_of_the_page,
    }
    registration {
        somebody_signs_up_and_proves_the_address,
        the_same_on_sqlite,
        a_browser_is_led_through_it,
        a_taken_address_answers_as_a_free_one_and_its_owner_is_told,
        a_name_that_was_tried_tells_nothing_of_the_address,
        a_refused_password_leaves_the_name_free,
        a_taken_name_is_422_and_nothing_is_mailed,
        what_cannot_be_is_refused_by_its_field,
        another_site_signs_nobody_up,
        a_closed_registration_says_so,
        nobody_logs_in_before_the_address_is_proven_where_that_is_wanted,
        a_lost_link_is_sent_again_and_voids_the_one_before,
        links_come_from_the_base_url_whatever_a_request_says,
        where_it_is_told_who_exists_somebody_is_logged_in_at_once,
        where_it_is_told_who_exists_a_taken_address_is_refused_and_its_owner_mailed,
        an_account_that_was_logged_in_to_at_once_ends_when_the_owner_of_its_address_comes,
        an_account_that_nobody_has_proven_or_come_back_to_ends,
        an_account_stays_that_is_used_by_what_signing_up_began,
        an_account_stays_that_was_used_for_weeks_by_a_session_that_is_over_before_it_would_end,
    }
    replies {
        a_wrong_method_is_405_with_allow,
        head_is_get_without_the_body,
        head_is_get_without_the_body_in_a_browser_too,
        unknown_routes_and_those_of_later_stages_are_404,
        a_browser_gets_pages_and_everybody_else_json,
        problems_name_type_title_status_and_code,
        every_reply_under_the_prefix_is_not_stored,
        pages_carry_the_headers_of_pages,
        what_was_typed_comes_back_escaped_and_the_password_never,
        no_cors_header_is_ever_sent,
        the_examples_add_no_header_of_their_own,
        replies_that_depend_on_the_caller_say_so,
    }
    second_factors {
        beside_a_password_that_was_mailed_a_mailed_code_is_no_factor,
        after_five_wrong_codes_nothing_waits,
        what_cannot_be_opened_any_more_is_not_asked_for,
        a_login_is_told_of_once_it_is_whole_and_no_change_of_factors_is_one,
        somebody_enrols_and_logs_in_with_a_code,
        the_owner_is_told_by_mail_and_in_the_audit,
        a_code_counts_once_and_in_its_window_alone,
        a_code_is_taken_as_people_type_it_and_nothing_else_is,
        five_wrong_codes_end_the_login_that_waits,
        wrong_codes_of_all_kinds_count_together_for_an_account,
        a_recovery_code_counts_once_and_its_owner_is_told,
        of_many_who_show_one_code_at_once_one_is_let_in,
        factors_are_changed_by_a_recent_login_with_one_alone,
        an_active_app_stays_until_another_is_confirmed,
        a_secret_is_offered_to_one_session_for_ten_minutes,
        an_address_that_is_not_proven_enrols_nothing,
        a_mailed_code_is_a_factor_where_the_application_says_so,
        a_trusted_device_spares_the_second_factor_and_never_the_first,
        a_trusted_device_is_none_after_30_days_or_another_password,
        the_password_grant_and_basic_are_refused,
        a_browser_is_led_through_it,
        without_a_login_that_waits_somebody_is_led_on,
        a_changed_password_ends_what_waits,
        a_mailbox_alone_is_not_rid_of_the_factor,
        the_link_of_a_notice_takes_a_thiefs_factor_away,
        the_link_of_a_notice_takes_what_was_added_beside_an_older_factor,
        another_factor_beside_one_ends_nothing,
        ending_all_other_sessions_ends_the_trust_in_other_browsers,
        what_is_no_code_is_no_guess,
        a_login_without_the_factor_does_not_move_the_address,
        while_the_store_of_factors_is_away_nobody_gets_in,
    }
    sessions {
        the_list_shows_each_login_once_and_no_secret,
        a_handle_opens_nothing,
        one_session_can_be_ended,
        all_others_can_be_ended,
        every_delete_has_a_post_twin,
        another_users_session_is_404,
        sessions_are_for_users_only,
        being_used_is_noted_once_a_minute,
        sessions_outlive_nothing_on_sqlite_either,
    }
    slow_bodies {
        a_body_that_stops_half_way_is_408,
        oauth_routes_say_so_in_their_own_form,
        a_body_that_drips_has_no_longer,
        a_body_that_is_waited_for_is_taken,
        a_handshake_is_answered_like_any_other_request,
        a_connect_is_405,
        what_a_get_brings_along_changes_nothing,
    }
    squatting {
        a_reset_leaves_a_squatter_nothing,
        a_login_by_mail_leaves_a_squatter_nothing,
        what_a_squatter_has_in_flight_ends_too,
        a_proof_in_another_browser_leaves_a_squatter_nothing,
        a_proof_in_another_browser_leads_a_person_to_a_password_of_their_own,
        whoever_signed_up_keeps_what_they_have,
        a_wrong_password_proves_nothing_and_uses_nothing_up,
        somebody_elses_session_is_no_proof,
        a_squatter_who_asks_for_the_link_again_gains_nothing,
        what_is_sent_at_the_moment_of_the_proof_does_not_survive_it,
        what_a_squatter_chose_of_the_profile_goes,
    }
    taken {
        nobody_is_let_in_where_nobody_is_asked_for,
        a_session_is_seen_where_nobody_is_asked_for,
        a_bad_token_is_refused_however_the_guard_is_taken,
        a_redirect_of_the_handlers_own_stays,
        a_guard_decides_before_a_body_that_is_no_text_is_refused,
        a_handler_asks_who_calls_and_for_more,
        a_value_stays_in_the_session_from_request_to_request,
        another_site_puts_nothing_into_a_session,
    }
    throttle {
        a_name_is_limited_at_the_documented_number,
        an_unknown_name_is_limited_alike,
        a_page_says_so_too,
        all_routes_share_one_counter,
        one_wrong_basic_password_repeated_counts_once,
        a_success_costs_nothing_and_forgives_nothing,
        a_network_is_limited_across_names,
        forwarding_headers_of_a_stranger_change_nothing,
        a_trusted_proxy_names_the_client,
        behind_a_proxy_each_client_has_its_own_limit,
        many_guesses_at_once_evaluate_no_more_than_the_limit,
        large_passwords_are_refused_before_any_hash,
        support_staff_can_let_an_account_in_again,
        a_clock_that_steps_back_unlocks_nothing,
    }
    typed {
        what_surrounds_a_name_is_no_part_of_it,
        what_surrounds_a_password_is_a_part_of_it,
        what_surrounds_a_new_name_is_no_part_of_it,
        padding_makes_no_further_name_to_guess_at,
        a_checkbox_that_does_not_say_no_is_ticked,
        an_error_about_a_field_names_it,
        a_page_about_a_field_keeps_what_was_typed,
        an_empty_oauth_client_is_an_absent_one,
    }
    unauthenticated_writes {
        a_logout_notes_only_cookies_that_the_other_system_knows,
        logins_at_a_provider_are_begun_as_often_as_a_network_has_turns,
        answers_of_a_provider_are_kept_as_often_as_a_network_has_turns,
        logout_tokens_that_the_provider_did_not_sign_leave_nothing,
        made_up_credentials_leave_nothing,
        guesses_leave_as_many_counters_as_a_network_has_turns,
        passkeys_are_asked_for_as_often_as_a_network_has_turns,
        passkeys_are_begun_as_often_as_a_network_has_turns,
    }
    unlock {
        too_many_wrong_codes_are_told_of_and_tried_again_by_mail,
        its_owner_is_mailed_a_link_that_lets_it_in_again,
        its_owner_is_told_once_a_day,
        a_link_of_before_a_changed_password_lets_nobody_in,
        a_browser_is_led_to_the_login_page,
        a_browser_of_an_earlier_login_needs_no_link,
    }
    ways_in {
        each_asks_for_the_factor_that_the_account_has,
    }
}
