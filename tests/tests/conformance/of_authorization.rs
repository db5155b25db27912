//! The scenarios of people who log in at other applications with an account of ours.

conformance::scenarios! {
    authorize {
        somebody_logs_in_allows_it_and_is_known_there,
        what_was_allowed_is_remembered_and_asked_for_anew_when_it_grows,
        the_operators_own_clients_ask_nobody_and_stand_for_their_user,
        a_picture_is_shown_from_its_origin_alone,
        who_says_no_goes_back_with_that,
        no_code_goes_where_none_is_registered,
        a_loopback_address_may_have_another_port,
        every_other_fault_is_told_to_the_client,
        a_code_that_is_used_again_ends_what_it_gave,
        a_code_is_good_for_its_client_its_place_and_its_verifier_alone,
        of_many_exchanges_at_once_one_is_answered,
        of_many_exchanges_at_once_one_is_answered_on_sqlite,
        a_decision_counts_only_from_where_it_was_asked,
        a_request_waits_an_hour_and_for_its_browser_alone,
        a_request_by_post_always_asks,
        an_answer_can_be_a_form,
        a_newer_proof_is_asked_for_where_the_client_wants_one,
        a_second_factor_comes_on_the_way_and_is_told,
        a_client_that_wants_a_factor_gets_one_where_there_is_one,
        who_has_no_account_makes_one_on_the_way,
        pairwise_names_differ_by_sector_and_stay,
        a_token_for_another_resource_opens_nothing_here,
        a_session_has_another_name_in_each_sector,
        a_refresh_is_for_the_resource_that_was_granted,
        a_client_that_cannot_be_read_is_nobody,
        requests_that_are_over_wait_no_more,
    }
    backchannel {
        a_client_is_told_of_a_logout,
        whatever_ends_a_session_is_told,
        each_client_of_a_session_is_told_by_its_own_name_of_the_user,
        a_client_that_does_not_listen_is_told_again,
        a_client_that_is_gone_is_told_nothing,
    }
    end_session {
        who_shows_the_id_token_of_the_session_ends_it,
        everybody_elses_wish_is_put_before_the_user,
        nobody_goes_on_to_where_nothing_is_registered,
    }
    grants {
        what_was_allowed_is_listed_and_taken_back,
        nobody_else_takes_anything_back,
        what_a_session_gave_ends_with_it_and_offline_access_lasts,
        offline_access_outlives_its_session,
        a_code_is_good_for_nothing_once_its_session_is_over,
        a_client_revokes_its_own_and_leaves_the_session_alone,
        a_closed_account_takes_all_of_it_along,
        what_nobody_was_asked_for_is_taken_back_too,
        what_is_taken_back_while_the_page_is_open_stays_so,
    }
    openid {
        what_is_not_done_here_does_no_harm,
        a_state_and_a_nonce_are_the_clients_to_send,
        the_order_of_scopes_does_not_matter,
        a_scope_says_what_userinfo_tells,
        a_hint_says_whom_the_client_takes_its_user_for,
        a_logout_needs_neither_a_place_nor_a_state,
    }
    oracle_client {
        a_client_that_others_wrote_logs_somebody_in,
    }
    our_own_client {
        it_logs_people_in_by_our_own_server,
        who_logs_out_there_is_logged_out_here,
    }
    provider_metadata {
        the_server_says_what_it_is,
        whoever_lacks_a_token_is_told_whom_to_ask,
        without_a_server_there_is_none_of_it,
    }
}
