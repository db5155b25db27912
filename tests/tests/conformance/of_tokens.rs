//! The scenarios of access tokens and refresh families.

conformance::scenarios! {
    claims {
        times_must_be_whole_numbers_in_range,
        a_token_is_good_between_its_times_only,
        the_audience_must_be_ours_exactly,
        the_issuer_must_be_ours_exactly,
        the_type_must_be_at_jwt,
        critical_extensions_are_refused,
        the_algorithm_is_the_keys_own,
        claims_of_the_wrong_type_are_refused,
        a_member_named_twice_is_refused,
        a_user_and_a_client_are_never_confused,
    }
    families {
        a_family_is_listed_beside_the_sessions,
        a_family_of_another_client_is_listed_by_its_name,
        one_family_can_be_ended,
        families_end_with_all_other_sessions,
        families_end_with_all_other_sessions_on_sqlite,
        who_ends_all_others_by_a_token_keeps_its_family,
    }
    forgery {
        an_unsigned_token_is_refused,
        our_public_key_is_no_hmac_key,
        a_key_that_the_token_brings_along_is_not_used,
        any_other_form_is_refused,
        only_an_access_token_is_one,
        a_token_of_another_installation_is_refused,
        a_token_ends_with_its_user,
    }
    refresh {
        a_refresh_rotates_the_token,
        a_refresh_rotates_the_token_on_sqlite,
        a_refresh_may_name_whom_its_tokens_are_for,
        within_the_grace_the_same_successor_is_answered,
        a_replay_outside_the_grace_kills_the_family,
        a_replay_after_its_successor_was_used_kills_the_family,
        one_family_dies_alone,
        many_refreshes_at_once_end_in_one_branch,
        many_refreshes_at_once_end_in_one_branch_on_sqlite,
        the_scope_can_be_narrowed_and_never_widened,
        a_scope_that_its_user_lost_is_not_refreshed,
        another_clients_token_is_refused_and_unharmed,
        a_family_ends_when_it_is_idle,
        a_family_ends_at_its_absolute_limit,
        ending_all_sessions_ends_all_tokens,
        a_removed_user_refreshes_nothing,
        garbage_is_no_refresh_token,
    }
    revoke {
        a_refresh_token_ends_its_family_and_its_access_tokens,
        a_refresh_token_ends_its_family_on_sqlite,
        an_access_token_is_dead_at_the_next_request,
        a_token_that_was_rotated_away_still_revokes_its_family,
        an_unknown_token_is_200,
        another_clients_token_is_untouched,
        nobody_revokes_as_another_client,
    }
    tokens {
        the_password_grant_answers_a_pair,
        the_scope_is_what_the_policy_allows,
        wrong_credentials_are_invalid_grant,
        the_password_grant_is_off_unless_switched_on,
        broken_token_requests_are_refused,
        a_client_that_cannot_be_authenticated_is_401,
        access_tokens_are_what_rfc_9068_says,
        every_algorithm_signs_and_verifies,
        the_key_set_holds_public_keys_only,
    }
}
