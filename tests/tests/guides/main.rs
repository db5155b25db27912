//! What the guides show (`examples/guides`), asked on each framework.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

mod authlib;
mod django;
mod fastapi;
mod flask;
mod recipes;
mod spa;
mod tokens;

conformance::scenarios! {
    authlib {
        a_handler_sends_the_browser_to_the_provider,
        another_site_sends_nobody_there,
        a_client_with_endpoints_by_hand_gets_a_token_and_calls_with_it,
        a_code_that_the_server_refuses_logs_nobody_in,
        require_oauth_wants_a_token_with_the_scope,
        require_oauth_takes_nothing_of_our_own,
    }
    django {
        authenticate_and_login_begin_a_session,
        wrong_credentials_are_401_by_the_question_mark,
        guesses_by_hand_are_limited,
        another_site_cannot_log_a_browser_in,
        logout_ends_the_session,
        login_required_sends_browsers_to_the_login_page,
        a_login_ends_at_the_login_redirect_url_unless_it_was_on_its_way,
        permission_required_is_403_without_it,
        user_passes_test_asks_the_user,
        staff_member_required_guards_the_group,
    }
    fastapi {
        the_token_route_takes_the_password_form,
        a_wrong_password_gets_no_token,
        get_current_user_is_401_with_a_challenge,
        a_disabled_user_is_no_current_user,
        a_token_that_pyjwt_made_is_taken_where_it_is_asked_for,
        a_scope_is_given_by_the_policy_and_asked_by_the_guard,
    }
    flask {
        remember_outlives_the_browser,
        current_user_may_be_nobody,
        fresh_login_required_wants_the_password_again,
        the_session_keeps_values_for_its_user,
        a_cleared_session_is_dead_on_the_server,
        basic_credentials_get_a_token,
        without_them_the_challenge_is_login_required,
        roles_are_groups,
        each_kind_of_credential_opens_its_route,
    }
    recipes {
        a_sign_up_makes_an_account_and_logs_in,
        another_site_signs_nobody_up,
        a_sign_up_that_will_not_do_says_why,
        a_login_page_of_ones_own_is_where_guards_lead,
        a_login_page_of_ones_own_leaves_the_other_routes,
        a_login_page_of_ones_own_shows_what_was_sent_as_text,
        a_page_of_ones_own_stands_in_the_place_of_ours,
        pages_that_are_not_ones_own_are_ours_in_ones_own_words,
        a_front_end_on_another_origin_logs_in_and_acts,
        any_other_origin_reads_and_changes_nothing,
    }
    spa {
        an_account_lives_its_life_in_json,
        what_was_forgotten_is_mended_in_json,
        an_address_changes_in_json,
        a_program_lives_by_tokens,
    }
}
