//! The scenarios of clients that are registered with this application as an authorization server.

conformance::scenarios! {
    clients {
        a_secret_goes_by_the_registered_way_alone,
        both_parts_of_basic_are_form_decoded,
        broken_basic_is_401,
        several_ways_at_once_are_an_invalid_request,
        a_wrong_secret_and_an_unknown_client_are_answered_alike,
        a_public_client_names_itself_and_sends_nothing_else,
        two_secrets_are_valid_while_one_follows_the_other,
        wrong_secrets_are_limited,
        without_a_server_there_is_but_one_client,
    }
    client_documents {
        a_client_is_read_from_its_url,
        what_does_not_hold_is_no_client,
        no_other_place_is_called,
        a_document_is_read_again_when_it_says_so,
        of_many_who_ask_at_once_one_fetches,
        a_network_has_so_many_fetches,
        nobody_is_asked_where_that_is_off,
    }
    client_registration {
        anybody_registers_a_public_client_where_that_is_open,
        anybody_registers_a_public_client_on_sqlite,
        what_anybody_registers_is_no_more_than_that,
        with_an_initial_access_token_clients_may_have_secrets,
        what_cannot_be_registered_is_refused_by_its_code,
        nobody_changes_another_clients_registration,
        a_client_that_nobody_uses_is_gone,
        registrations_are_limited,
        of_many_changes_at_once_none_brings_a_client_back,
        nobody_registers_where_that_is_off,
    }
    assertions {
        a_client_proves_itself_by_its_key,
        an_assertion_is_taken_once,
        what_does_not_hold_is_refused,
        a_clock_that_is_a_little_ahead_is_borne,
        another_keys_signature_is_refused,
    }
    devices {
        a_device_is_let_in_by_its_owner,
        a_browser_is_led_through_it,
        the_whole_address_leads_there_too,
        a_device_that_asks_too_often_is_slowed_down,
        what_is_denied_or_over_gives_nothing,
        only_the_session_that_claimed_a_code_decides,
        typed_codes_are_limited,
        another_site_or_a_token_decides_nothing,
        what_a_client_may_not_ask_for_it_does_not_get,
        what_was_allowed_ends_with_its_user_and_session,
        what_was_allowed_to_a_device_is_listed_and_taken_back,
        nothing_is_decided_that_was_not_shown,
        of_many_polls_at_once_one_gets_the_tokens,
        of_many_polls_at_once_one_gets_the_tokens_on_sqlite,
    }
    dpop {
        a_token_is_bound_to_the_key_that_was_shown,
        the_token_alone_opens_nothing,
        what_is_wrong_with_a_proof_is_refused,
        of_fifty_who_bring_one_proof_one_is_answered,
        refresh_tokens_of_public_clients_are_bound,
        a_code_goes_to_the_key_that_was_named,
        a_pushed_request_names_its_key_by_a_proof,
        a_client_that_has_to_bind_its_tokens_gets_no_others,
        a_nonce_is_asked_for_and_taken,
        userinfo_takes_a_bound_token,
        metadata_says_by_what_proofs_are_signed,
    }
    introspection {
        a_token_is_told_to_whom_it_was_issued,
        a_token_is_told_to_its_resource_and_to_nobody_else,
        what_does_not_count_is_inactive_alone,
        a_refresh_token_is_told_to_its_client,
        nobody_asks_without_proof,
        a_token_is_inactive_once_it_was_revoked,
    }
    machine_tokens {
        a_client_gets_a_token_of_its_own,
        a_token_of_a_client_opens_what_names_its_scope,
        a_scope_that_is_not_registered_is_refused,
        a_token_for_a_resource_opens_nothing_here,
        a_grant_that_is_not_registered_is_refused,
        a_client_has_a_life_of_tokens_of_its_own,
        a_client_that_nobody_registered_is_given_no_tokens,
        a_disabled_client_is_nobody_and_its_tokens_are_dead,
        a_disabled_client_is_nobody_on_sqlite,
        a_client_revokes_its_own_tokens,
        another_client_revokes_nothing,
        what_a_client_holds_of_a_user_goes_by_its_own_grace,
        what_the_registration_lost_is_not_refreshed,
        a_client_of_the_operators_own_stands_for_its_user,
    }
    token_exchange {
        who_acts_is_named,
        nothing_is_given_that_was_not_there,
        what_is_not_exchanged_is_refused,
        without_a_policy_nothing_is_exchanged,
        what_was_exchanged_ends_with_what_it_came_of,
    }
    pushed {
        a_pushed_request_is_gone_on_with,
        it_is_good_once_for_its_client_and_a_minute,
        of_many_who_bring_one_at_once_one_goes_on,
        of_many_who_bring_one_at_once_one_goes_on_on_sqlite,
        nothing_is_fetched_from_elsewhere,
        what_is_wrong_is_told_at_once,
        a_client_that_has_to_push_is_taken_at_its_word,
    }
}
