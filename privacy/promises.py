"""The 107 promises, in plain words, with the code that keeps each and its proof.

The number is the promise's name for good. A promise is marked kept only when code
enforces it and tests prove it (tests/promises checks that both exist); what the public
page says about it is read from the last real run of those tests, never from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One promise. `enforced_by` are dotted names, `proved_by` pytest node ids."""

    id: str
    title: str
    enforced_by: tuple[str, ...] = ()
    proved_by: tuple[str, ...] = ()
    attested: bool = False  # about other people's conduct: never provable by a test
    half_attested: bool = False  # a test shows one half, evidence the other

    @property
    def tested(self) -> bool:
        """Whether code enforces it and tests prove it."""
        return bool(self.enforced_by and self.proved_by)

    @property
    def files(self) -> list[str]:
        """The files of its tests, each once, below the folder of all tests."""
        found = (test.partition("::")[0] for test in self.proved_by)
        return list(dict.fromkeys(file.removeprefix("tests/") for file in found))

    @property
    def status(self) -> str:
        """ "attested", else "kept" when enforced and proved, else "not yet"."""
        if self.attested:
            return "attested"
        return "kept" if self.tested else "not yet"


PROMISES: tuple[Promise, ...] = (
    Promise(
        "P1",
        "This policy covers every page of this site, and every page links to it",
        enforced_by=("privacy.views.policy.policy",),
        proved_by=(
            "tests/promises/test_harness_offorigin.py::test_every_page_links_to_the_privacy_policy",
        ),
    ),
    Promise(
        "P2",
        "The nine questions about our handling of data are each answered here",
        enforced_by=("privacy.policies.document.load",),
        proved_by=(
            "tests/privacy/test_policy_page.py::test_all_nine_questions_are_answered_by_clauses",
        ),
    ),
    Promise(
        "P3",
        "Questions about privacy reach us by form or e-mail and get an acknowledgement",
        enforced_by=(
            "members.actions.enquiries.ask",
            "members.actions.enquiries.acknowledge",
            "newsletter.inbound.take",
        ),
        proved_by=(
            "tests/promises/test_enquiries.py::test_a_question_is_one_enquiry_and_acknowledged_at_once",
            "tests/promises/test_enquiries.py::test_a_machines_answer_gets_none",
        ),
    ),
    Promise(
        "P4",
        "A question that is not acknowledged or not settled goes to Customer Liaison",
        enforced_by=(
            "members.actions.enquiries.escalate_late",
            "members.actions.enquiries.object_to",
        ),
        proved_by=(
            "tests/promises/test_enquiries.py::test_past_its_day_it_goes_to_liaison_once",
            "tests/promises/test_enquiries.py::test_who_is_not_satisfied_is_handed_over_by_one_button",
            "tests/members/test_enquiries_staff.py::test_a_team_sees_its_own_queue_and_liaison_what_was_handed_over",
            "tests/members/test_enquiries_late.py::test_two_at_once_hand_each_over_once",
            "tests/members/test_enquiries_late.py::test_weeks_without_beat_are_caught_up_whole",
        ),
    ),
    Promise(
        "P5",
        "Nobody but us collects anything on our pages",
        enforced_by=("csp.middleware.CSPMiddleware",),
        proved_by=(
            "tests/promises/test_harness_offorigin.py::test_no_page_loads_from_or_sends_to_anybody_else",
            "tests/promises/test_harness_offorigin.py::test_every_answer_carries_the_policy_that_browsers_enforce",
        ),
    ),
    Promise(
        "P6",
        "Every place where we collect personal details is on record, field by field",
        enforced_by=("privacy.registry.undeclared", "privacy.form_lint.faults"),
        proved_by=(
            "tests/meta/test_personal_data.py::test_every_column_of_ours_is_declared",
            "tests/meta/test_collection_points.py::test_every_field_of_every_form_is_declared_and_true",
            "tests/meta/test_collection_points.py::test_every_control_of_every_template_is_declared",
            "tests/meta/test_collection_points.py::test_every_name_that_a_view_reads_is_declared",
            "tests/promises/test_held.py::test_the_page_shows_every_place_where_we_ask",
        ),
    ),
    Promise(
        "P7",
        "To order you give a name, an e-mail address and a delivery address, no more",
        enforced_by=("shop.forms.CheckoutForm",),
        proved_by=(
            "tests/shop/test_checkout.py::test_each_missing_answer_is_asked_for_and_makes_no_order",
            "tests/shop/test_checkout.py::test_optional_answers_may_be_left_out",
        ),
    ),
    Promise(
        "P8",
        "Card details are typed on the payment host's page and never reach us",
        enforced_by=(
            "shop.forms.looks_like_card",
            "shop.clients.bank.create_session",
        ),
        proved_by=(
            "tests/promises/test_harness_canaries.py::test_no_table_keeps_a_card",
            "tests/shop/test_checkout.py::test_a_card_number_is_refused_in_any_field",
        ),
    ),
    Promise(
        "P9",
        "What you give for an order is used for that order and its payment",
        enforced_by=(
            "privacy.guard.allow",
            "privacy.guard.reach",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/privacy/test_guard.py::test_an_order_gives_no_leave_for_marketing",
            "tests/privacy/test_guard.py::test_reach_gives_an_address_only_where_allow_says_yes",
            "tests/meta/test_guarded_reads.py::test_personal_columns_are_read_only_where_their_purpose_needs_them",
            "tests/newsletter/test_outbox.py::test_marketing_without_an_answer_is_held_not_sent",
        ),
    ),
    Promise(
        "P10",
        "If an order runs into trouble we use your details to tell you so",
        enforced_by=(
            "shop.actions.reviewing.confirm",
            "shop.actions.reviewing.tell",
            "shop.actions.reviewing.write",
        ),
        proved_by=(
            "tests/shop/test_review_queue.py::test_a_trouble_is_told_once_on_the_wished_way_and_stands_in_the_queue",
            "tests/shop/test_review_queue.py::test_a_trouble_at_payment_is_asked_about_in_the_confirmation",
            "tests/shop/test_mismatch.py::test_what_does_not_match_is_refused",
            "tests/shop/test_review_queue.py::test_who_wished_a_letter_gets_one_a_day_and_no_advert",
        ),
    ),
    Promise(
        "P11",
        "The order form asks for name, address and e-mail, and little else if you wish",
        enforced_by=("shop.forms.CheckoutForm",),
        proved_by=(
            "tests/promises/test_order_form.py::test_the_order_form_asks_the_declared_things_and_nothing_more",
        ),
    ),
    Promise(
        "P12",
        "Each field of the order form is there because a step of the order needs it",
        enforced_by=("privacy.registry.hold", "privacy.collected.collects"),
        proved_by=(
            "tests/promises/test_order_form.py::test_every_personal_answer_is_declared_with_purpose_and_end",
            "tests/meta/test_collection_points.py::test_every_collected_field_has_a_consumer",
            "tests/meta/test_collection_points.py::test_a_field_that_nothing_needs_cannot_be_declared",
        ),
    ),
    Promise(
        "P13",
        "The order form leads straight to the list of who else sees your details",
        enforced_by=(
            "privacy.views.recipients.listed",
            "privacy.gateway.connectors.connectors",
        ),
        proved_by=(
            "tests/promises/test_versions.py::test_the_outside_parties_are_those_that_version_1_was_written_for",
            "tests/promises/test_order_form.py::test_the_form_links_to_who_else_sees_it",
            "tests/promises/test_recipients.py::test_the_order_form_leads_by_anchor_to_who_gets_it",
            "tests/promises/test_recipients.py::test_each_party_stands_there_with_exactly_the_fields_it_may_get",
        ),
    ),
    Promise(
        "P14",
        "You can buy without becoming a member",
        enforced_by=("shop.actions.orders.draft",),
        proved_by=(
            "tests/promises/test_order_form.py::test_ordering_makes_no_account",
            "tests/promises/test_address_book.py::test_a_guest_buys_with_the_address_of_an_account_and_is_not_asked_about_it",
            "tests/shop/test_payments.py::test_paying_makes_the_order",
        ),
    ),
    Promise(
        "P15",
        "Members and guests are under one and the same policy",
        enforced_by=(
            "shop.actions.orders.draft",
            "members.models.MemberManager.create_user",
        ),
        proved_by=(
            "tests/promises/test_versions.py::test_one_version_holds_for_guests_and_members_of_the_same_minute",
        ),
    ),
    Promise(
        "P16",
        "Members may keep further delivery addresses, and need not",
        enforced_by=(
            "members.actions.addresses.add",
            "members.actions.addresses.change",
            "members.actions.addresses.delete",
        ),
        proved_by=(
            "tests/promises/test_address_book.py::test_joining_asks_for_no_address_and_the_book_may_stay_empty",
            "tests/promises/test_address_book.py::test_a_second_address_is_added_chosen_changed_and_deleted",
        ),
    ),
    Promise(
        "P17",
        "What members add to their account goes to nobody, save to deliver an order",
        enforced_by=(
            "shop.member_checkout.Own.fill",
            "privacy.gateway.send",
        ),
        proved_by=(
            "tests/promises/test_address_book.py::test_only_the_chosen_address_ever_leaves",
            "tests/promises/test_address_book.py::test_the_chosen_one_does_leave_and_so_the_look_sees",
            "tests/promises/test_address_book.py::test_looking_up_a_postcode_for_the_book_tells_the_postcode_alone",
        ),
    ),
    Promise(
        "P18",
        "Members get news by topic, only the topics they chose, and not too often",
        enforced_by=("newsletter.audience.sort", "newsletter.established.had_enough"),
        proved_by=(
            "tests/promises/test_news_by_topic.py::test_a_topics_letters_reach_who_chose_that_topic_alone",
            "tests/promises/test_news_by_topic.py::test_one_more_letter_than_promised_in_a_month_reaches_nobody",
            "tests/promises/test_news_by_topic.py::test_control_without_the_cap_it_would_be_sent",
            "tests/promises/test_news_by_topic.py::test_the_turn_of_a_month_does_not_bring_two_at_once",
            "tests/promises/test_news_by_topic.py::test_the_caps_are_those_that_the_questions_promise",
        ),
    ),
    Promise(
        "P19",
        "People who join are asked about news then and there, and may say no",
        enforced_by=(
            "members.asked.record",
            "privacy.actions.choices.save",
        ),
        proved_by=(
            "tests/promises/test_choices_doors.py::test_whoever_joins_is_asked_then_and_there_and_no_is_marked",
            "tests/promises/test_choices_doors.py::test_who_refuses_when_joining_is_on_no_list",
            "tests/promises/test_choices_doors.py::test_who_agrees_to_a_topic_when_joining_is_on_that_list_alone",
            "tests/promises/test_choices_doors.py::test_what_every_page_shows_is_what_is_kept",
            "tests/promises/test_choices_doors.py::test_words_that_were_not_shown_would_be_found",
        ),
    ),
    Promise(
        "P20",
        "Replying with the word unsubscribe stops the mail",
        enforced_by=(
            "newsletter.actions.leaving.by_mail",
            "newsletter.leaving_words.asks_to_leave",
            "newsletter.leaving_links.named_by",
        ),
        proved_by=(
            "tests/promises/test_doors_out.py::test_every_door_leads_to_the_same_rows_and_stops_what_waits",
            "tests/promises/test_doors_out.py::test_without_our_token_the_mailbox_is_asked_first_once_a_day",
            "tests/promises/test_doors_out.py::test_a_machine_that_says_the_word_is_not_heard",
            "tests/newsletter/test_mails.py::test_whoever_asks_to_leave_is_understood",
        ),
    ),
    Promise(
        "P21",
        "Writing to our public mailbox stops the mail too",
        enforced_by=("newsletter.actions.leaving.by_mail",),
        proved_by=(
            "tests/promises/test_doors_out.py::test_every_door_leads_to_the_same_rows_and_stops_what_waits",
            "tests/promises/test_doors_out.py::test_the_word_of_somebody_on_no_list_is_read_by_our_staff",
            "tests/newsletter/test_vouching.py::test_whom_our_provider_vouches_for_leaves_at_once_and_is_not_asked",
            "tests/newsletter/test_vouching.py::test_a_forged_word_for_them_is_asked_about_first",
            "tests/newsletter/test_mails.py::test_whatever_is_not_understood_becomes_an_enquiry",
        ),
    ),
    Promise(
        "P22",
        "Anyone may search the camera clubs, without signing in",
        enforced_by=(
            "clubs.views.clubs.find",
            "clubs.search.locate",
        ),
        proved_by=(
            "tests/clubs/test_finding.py::test_no_search_sets_a_cookie_or_asks_another_site",
            "tests/clubs/test_finding.py::test_the_postcode_is_in_no_address_of_its_page",
            "tests/clubs/test_finding.py::test_a_full_postcode_in_an_address_is_sent_on_without_its_end",
            "tests/promises/test_clubs.py::test_no_log_knows_where_anybody_looked",
            "tests/promises/test_clubs.py::test_neither_database_nor_cache_knows_where_anybody_looked",
        ),
    ),
    Promise(
        "P23",
        "A club's contact is shown only where that person agreed",
        enforced_by=(
            "clubs.models.ContactDetail",
            "clubs.actions.contacts.set_details",
        ),
        proved_by=(
            "tests/clubs/test_finding.py::test_details_that_nobody_agreed_to_show_are_nowhere",
            "tests/clubs/test_finding.py::test_each_detail_is_shown_alone_where_that_was_agreed",
            "tests/clubs/test_contacts.py::test_somebody_who_did_not_tell_us_is_told_once",
            "tests/clubs/test_contacts.py::test_the_database_refuses_what_may_not_be",
        ),
    ),
    Promise(
        "P24",
        "A contact who wants to go from the list goes from it",
        enforced_by=(
            "clubs.actions.contacts.hide",
            "clubs.actions.contacts.erase",
        ),
        proved_by=(
            "tests/clubs/test_contacts.py::test_removal_is_one_post_and_the_next_page_lacks_the_name",
            "tests/clubs/test_contacts.py::test_removal_is_seen_at_once_also_through_a_page_cache",
            "tests/clubs/test_contacts.py::test_after_the_review_nothing_is_left_of_the_person",
            "tests/clubs/test_contacts.py::test_two_silent_years_take_the_entry_off_the_list",
        ),
    ),
    Promise(
        "P25",
        "The Clubs Administrator is named and answers for the list",
        enforced_by=(
            "clubs.actions.submissions.approve",
            "clubs.admin.ClubAdmin",
        ),
        proved_by=(
            "tests/clubs/test_staff.py::test_the_role_reaches_every_screen_of_clubs_and_none_other",
            "tests/clubs/test_staff.py::test_the_queue_shows_the_difference_and_has_two_buttons",
            "tests/clubs/test_staff.py::test_an_entry_is_changed_placed_and_noted",
            "tests/clubs/test_finding.py::test_the_administrator_is_named_on_every_page_of_clubs",
        ),
    ),
    Promise(
        "P26",
        "The cookie page is made from the list that the shop itself obeys",
        enforced_by=("privacy.cookies.REGISTRY", "privacy.views.cookies.cookies"),
        proved_by=(
            "tests/promises/test_harness_cookies.py::test_the_cookie_page_lists_exactly_what_the_crawls_may_meet",
            "tests/promises/test_harness_cookies.py::test_whatever_a_stranger_asks_for_sets_only_listed_cookies",
            "tests/promises/test_cookie_page.py::test_the_table_is_made_from_the_registry",
            "tests/promises/test_cookie_lives.py::test_the_lives_that_are_set_are_the_lives_that_are_shown",
        ),
    ),
    Promise(
        "P27",
        "No cookie is linked to who you are",
        enforced_by=(
            "shop.trolley.encode",
            "privacy.middleware.CookieRegistryMiddleware",
        ),
        proved_by=(
            "tests/promises/test_harness_cookies.py::test_the_trolley_is_plain_text_of_codes_and_quantities",
            "tests/promises/test_harness_canaries.py::test_no_table_keeps_a_trolley",
            "tests/shop/test_checkout.py::test_the_order_form_names_no_person_in_its_cookie",
            "tests/promises/test_cookie_lives.py::test_signing_in_and_out_changes_no_trolley",
        ),
    ),
    Promise(
        "P28",
        "The site sets the cookies on its list and no other",
        enforced_by=(
            "privacy.middleware.CookieRegistryMiddleware",
            "privacy.cookies.faults",
        ),
        proved_by=(
            "tests/privacy/test_cookies.py::test_an_unlisted_cookie_raises_in_tests",
            "tests/privacy/test_cookies.py::test_an_unlisted_cookie_is_dropped_in_production",
        ),
    ),
    Promise(
        "P29",
        "Session cookies end when you close the browser",
        enforced_by=("privacy.cookies.faults",),
        proved_by=(
            "tests/privacy/test_cookies.py::test_session_cookies_end_with_the_browser",
            "tests/promises/test_cookie_lives.py::test_a_browser_keeps_the_trolley_over_its_closing_and_nothing_else",
        ),
    ),
    Promise(
        "P30",
        "You can remove the lasting cookie, and nothing brings it back",
        enforced_by=("shop.views.trolley.empty", "privacy.views.cookies.forget"),
        proved_by=(
            "tests/promises/test_cookie_page.py::test_empty_and_forget_empties_forgets_and_says_so",
            "tests/promises/test_cookie_lives.py::test_no_page_of_ones_own_order_brings_a_removed_trolley_back",
            "tests/promises/test_harness_cookies.py::test_a_trolley_taken_away_does_not_come_back",
            "tests/shop/test_trolley_pages.py::test_a_removed_cookie_is_not_resurrected",
        ),
    ),
    Promise(
        "P31",
        "Being remembered is a choice of members who sign in; browsing sets no cookie",
        enforced_by=(
            "members.forms.sign_in.SignInForm",
            "members.sessions.SessionStore",
            "privacy.cookies.faults",
        ),
        proved_by=(
            "tests/promises/test_harness_cookies.py::test_twenty_pages_of_browsing_set_none",
            "tests/promises/test_joining.py::test_one_is_remembered_who_ticks_the_box_and_nobody_else",
            "tests/promises/test_joining.py::test_a_shop_that_remembers_everybody_is_seen_to",
            "tests/promises/test_joining.py::test_no_other_life_leaves_the_shop",
            "tests/promises/test_joining.py::test_signing_out_ends_it_with_us_too",
            "tests/promises/test_joining.py::test_thirty_days_after_the_last_visit_it_is_over",
        ),
    ),
    Promise(
        "P32",
        "The trolley cookie keeps your trolley until you come back",
        enforced_by=("shop.trolley.decode",),
        proved_by=(
            "tests/shop/test_trolley.py::test_decoding_gives_the_trolley_back",
            "tests/promises/test_cookie_lives.py::test_a_browser_keeps_the_trolley_over_its_closing_and_nothing_else",
            "tests/promises/test_cookie_lives.py::test_signing_in_and_out_changes_no_trolley",
        ),
    ),
    Promise(
        "P33",
        "The trolley cookie holds your trolley and nothing about you",
        enforced_by=("shop.trolley.encode",),
        proved_by=(
            "tests/shop/test_trolley.py::test_equal_trolleys_are_equal_to_the_byte",
            "tests/shop/test_trolley.py::test_the_text_is_plain_and_fits_in_a_cookie",
            "tests/promises/test_harness_cookies.py::test_the_trolley_is_plain_text_of_codes_and_quantities",
            "tests/promises/test_cookie_page.py::test_whatever_is_sent_only_the_shops_own_writing_counts_as_whole",
            "tests/promises/test_cookie_page.py::test_a_byte_hidden_in_the_cookie_would_be_noticed",
        ),
    ),
    Promise(
        "P34",
        "No other company sets a cookie through our pages",
        enforced_by=("privacy.middleware.CookieRegistryMiddleware",),
        proved_by=(
            "tests/promises/test_harness_offorigin.py::test_in_a_browser_twenty_pages_ask_nobody_else_and_leave_nothing",
            "tests/promises/test_harness_cookies.py::test_whatever_staff_ask_for_sets_only_listed_cookies",
            "tests/promises/test_certificate.py::test_a_real_browser_finds_nobody_else_and_only_our_cookies",
        ),
    ),
    Promise(
        "P35",
        "What is in our cookies is passed to nobody",
        enforced_by=("shop.views.trolley.remember",),
        proved_by=(
            "tests/shop/test_trolley_pages.py::test_adding_is_a_see_other_and_sets_the_one_cookie",
            "tests/promises/test_harness_egress.py::test_browsing_and_a_full_trolley_tell_nobody_anything",
            "tests/promises/test_cookie_lives.py::test_no_party_gets_what_is_in_a_cookie",
            "tests/promises/test_cookie_lives.py::test_no_other_site_learns_cookie_or_page_from_a_browser",
        ),
    ),
    Promise(
        "P36",
        "There is no third-party advertising on this site",
        enforced_by=(
            "csp.middleware.CSPMiddleware",
            "privacy.certificate.http.crawl",
        ),
        proved_by=(
            "tests/promises/test_adverts.py::test_the_demonstrations_texts_hold_no_markup_and_no_address",
            "tests/promises/test_certificate.py::test_the_whole_shop_passes",
            "tests/promises/test_certificate.py::test_what_staff_paste_into_a_product_is_harmless_everywhere",
            "tests/promises/test_certificate.py::test_a_google_font_in_a_template_fails_it",
            "tests/promises/test_certificate.py::test_a_font_or_picture_in_the_policys_text_fails_it_where_it_would_be_run",
            "tests/promises/test_certificate.py::test_each_way_to_ask_somebody_else_fails_it",
        ),
    ),
    Promise(
        "P37", "Log files hold the listed facts, shortened before they are written"
    ),
    Promise("P38", "Log files are used for totals, never to follow one visitor"),
    Promise(
        "P39",
        "Nothing in the log files can be tied to a person",
        enforced_by=("jessops.logs.scrub",),
        proved_by=(
            "tests/promises/test_harness_canaries.py::test_no_log_knows_the_person_a_key_or_a_token",
            "tests/meta/test_logs.py::test_a_request_leaves_its_pattern_and_nothing_of_the_person",
        ),
    ),
    Promise(
        "P40", "Visits are counted from the log files, not by anything in the pages"
    ),
    Promise(
        "P41",
        "New members get a welcome that confirms their address, never a password",
        enforced_by=(
            "members.emails.accounts.welcome",
            "members.emails.accounts.welcome_confirmed",
        ),
        proved_by=(
            "tests/promises/test_joining.py::test_the_welcome_confirms_the_user_name_and_knows_no_password",
            "tests/promises/test_joining.py::test_a_welcome_with_a_password_in_it_is_found",
            "tests/promises/test_joining.py::test_nobody_is_welcomed_before_the_address_is_proved",
            "tests/promises/test_joining.py::test_an_account_that_is_not_proved_can_do_nothing",
            "tests/promises/test_joining.py::test_the_code_is_too_old_after_a_quarter_of_an_hour",
        ),
    ),
    Promise(
        "P42",
        "News goes to established members only, and only now and then",
        enforced_by=(
            "newsletter.established.too_new",
            "newsletter.established.had_enough",
            "newsletter.established.why_not",
        ),
        proved_by=(
            "tests/promises/test_news_by_topic.py::test_who_came_lately_hears_nothing_yet",
            "tests/promises/test_news_by_topic.py::test_control_with_no_time_to_wait_they_would",
            "tests/promises/test_news_by_topic.py::test_one_more_letter_than_promised_in_a_month_reaches_nobody",
            "tests/promises/test_news_by_topic.py::test_who_confirmed_the_newsletters_own_form_gets_the_next_one",
            "tests/promises/test_news_by_topic.py::test_a_letter_that_failed_and_is_tried_after_the_next_one_does_not_leave",
            "tests/promises/test_news_by_topic.py::test_a_new_address_of_a_member_is_no_new_member_and_no_new_month",
            "tests/promises/test_news_by_topic.py::test_staff_see_before_sending_who_gets_it_and_why_not",
        ),
    ),
    Promise(
        "P43",
        "Every piece of marketing says how to stop it, in one step",
        enforced_by=(
            "newsletter.outbox.queue",
            "newsletter.leaving_links.headers",
            "newsletter.views.leaving.unsubscribe",
        ),
        proved_by=(
            "tests/promises/test_doors_out.py::test_the_headers_of_a_letter_reach_the_reader_whole",
            "tests/promises/test_doors_out.py::test_one_press_works_in_both_ways_of_posting_a_form",
            "tests/promises/test_doors_out.py::test_a_hundred_looks_of_scanners_change_nothing",
        ),
    ),
    Promise(
        "P44",
        "The newsletter asks for an e-mail address and, if you like, a name",
        enforced_by=(
            "newsletter.forms.SignUpForm",
            "newsletter.actions.sign_up.ask",
            "newsletter.actions.sign_up.confirm",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/promises/test_newsletter.py::test_the_form_has_two_fields_and_only_the_address_is_needed",
            "tests/promises/test_newsletter.py::test_who_confirms_nothing_gets_one_mail_and_is_forgotten",
            "tests/promises/test_newsletter.py::test_only_a_press_of_the_button_is_a_yes",
            "tests/promises/test_newsletter.py::test_nobody_learns_who_reads_the_newsletter",
        ),
    ),
    Promise(
        "P45",
        "Leaving the newsletter works at once, for mail already waiting too",
        enforced_by=(
            "privacy.choices.take_off_lists",
            "newsletter.actions.leaving.leave",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/promises/test_doors_out.py::test_every_door_leads_to_the_same_rows_and_stops_what_waits",
            "tests/promises/test_doors_out.py::test_nothing_leaves_after_somebody_left_while_a_campaign_is_sent",
            "tests/newsletter/test_leaving_in_flight.py::test_whoever_leaves_by_any_door_gets_nothing_more_of_a_campaign",
            "tests/promises/test_doors_out.py::test_without_a_door_the_letters_arrive",
            "tests/promises/test_newsletter.py::test_who_leaves_gets_nothing_at_once_and_is_forgotten_within_the_hour",
            "tests/promises/test_wall.py::test_what_waits_is_stopped_by_a_no_of_any_kind",
            "tests/promises/test_wall.py::test_each_cell_of_the_table_is_what_the_wall_says",
        ),
    ),
    Promise(
        "P46",
        "Service announcements are rare, and need a reason and a second person",
        enforced_by=(
            "newsletter.actions.announcements.check_approval",
            "newsletter.actions.announcements.check_start",
            "newsletter.announcements.hold",
        ),
        proved_by=(
            "tests/promises/test_announcements.py::test_nobody_sends_an_announcement_alone",
            "tests/promises/test_announcements.py::test_a_second_account_of_the_same_person_is_no_second_person",
            "tests/promises/test_announcements.py::test_a_third_one_in_a_quarter_takes_a_second_persons_reason",
            "tests/promises/test_announcements.py::test_a_new_quarter_counts_anew_and_one_that_never_left_counts_not",
            "tests/promises/test_announcements.py::test_everybody_can_read_how_many_there_were_and_why",
        ),
    ),
    Promise(
        "P47",
        "Service announcements reach all but those who closed their account",
        enforced_by=(
            "newsletter.announcements.reach",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/promises/test_announcements.py::test_it_reaches_exactly_members_and_guests_with_an_order_under_way",
            "tests/promises/test_announcements.py::test_who_leaves_while_it_waits_does_not_get_it",
            "tests/newsletter/test_announcements_sent.py::test_it_goes_to_whom_it_concerns_whatever_they_said_of_lists",
            "tests/promises/test_wall.py::test_a_service_announcement_reaches_who_wants_no_letters_and_no_closed_account",
        ),
    ),
    Promise(
        "P48",
        "Service announcements sell nothing",
        enforced_by=(
            "newsletter.linting.faults",
            "newsletter.announcements.hold",
        ),
        proved_by=(
            "tests/promises/test_announcements.py::test_words_that_sell_are_approved_by_nobody",
            "tests/promises/test_announcements.py::test_words_that_sell_do_not_leave_whoever_let_them_through",
            "tests/promises/test_announcements.py::test_what_is_sent_is_what_was_approved",
            "tests/newsletter/test_linting.py::test_what_sells_is_refused",
        ),
    ),
    Promise(
        "P49",
        "We write to you about what you asked for: one message for each event",
        enforced_by=(
            "newsletter.outbox.queue",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/newsletter/test_letters.py::test_every_template_is_a_letter_that_was_looked_at",
            "tests/newsletter/test_letters.py::test_each_event_is_told_once_however_often_it_is_reported",
            "tests/newsletter/test_letters.py::test_no_letter_shouts_and_none_that_was_asked_for_sells",
            "tests/newsletter/test_outbox.py::test_the_same_fact_is_reported_once",
        ),
    ),
    Promise(
        "P50",
        "We answer by e-mail or telephone, as you wish",
        enforced_by=(
            "members.actions.answers.channels",
            "members.admin.enquiries.EnquiryAdmin.change_view",
            "shop.actions.reviewing.ways",
        ),
        proved_by=(
            "tests/promises/test_choices_doors.py::test_a_wish_is_kept_where_the_answer_is_written_from",
            "tests/promises/test_enquiries.py::test_nobody_is_answered_against_their_wish_without_a_reason",
            "tests/members/test_enquiries_staff.py::test_only_the_wished_way_is_shown_until_there_is_a_reason",
            "tests/shop/test_review_queue.py::test_who_wished_a_letter_is_not_rung_without_a_reason",
            "tests/shop/test_review_queue.py::test_who_wished_to_be_rung_is_written_to_for_a_reason_alone",
        ),
    ),
    Promise(
        "P51",
        "We hand over personal details to the law only with the papers on record",
        enforced_by=(
            "privacy.actions.disclosures.export",
            "privacy.handover.rows",
        ),
        proved_by=(
            "tests/promises/test_legal.py::test_a_demand_goes_from_record_to_agreement_to_file",
            "tests/promises/test_legal.py::test_there_is_one_door_for_each_kind_of_handing_over",
            "tests/privacy/test_disclosures.py::test_without_the_second_person_nothing_is_written",
            "tests/privacy/test_disclosures.py::test_exactly_the_named_fields_of_exactly_that_person_are_written",
            "tests/privacy/test_disclosures.py::test_on_the_day_the_seal_ends_the_person_is_told_and_sees_it",
        ),
    ),
    Promise(
        "P52",
        "Only three kinds of legal demand count, and two people must agree",
        enforced_by=(
            "privacy.actions.disclosures.request",
            "privacy.actions.disclosures.approve",
        ),
        proved_by=(
            "tests/promises/test_legal.py::test_only_the_three_grounds_are_offered",
            "tests/privacy/test_disclosures.py::test_nobody_agrees_to_what_they_recorded",
            "tests/privacy/test_disclosures.py::test_two_who_agree_at_once_agree_once",
            "tests/meta/test_append_only.py::test_no_ledger_can_be_rewritten_by_anybody",
        ),
    ),
    Promise("P53", "Suppliers get totals, never people"),
    Promise(
        "P54", "Suppliers learn how many people looked at and bought their products"
    ),
    Promise("P55", "Suppliers learn how many visitors came from their own sites"),
    Promise("P56", "Nobody can be found in the totals, not even by subtraction"),
    Promise(
        "P57",
        "Personal details go to other companies for payment and delivery only",
        enforced_by=(
            "privacy.gateway.send",
            "privacy.gateway.stripe_client",
        ),
        proved_by=(
            "tests/promises/test_harness_egress.py::test_each_party_gets_exactly_its_declared_fields_and_nobody_else_anything",
            "tests/privacy/test_gateway.py::test_an_undeclared_field_never_leaves",
            "tests/privacy/test_gateway.py::test_an_undeclared_bank_field_never_leaves",
            "tests/meta/test_imports.py::test_nobody_else_imports_an_http_or_smtp_client",
            "tests/promises/test_recipients.py::test_after_a_purchase_the_order_lists_exactly_who_got_what",
            "tests/promises/test_connectors_start.py::test_what_the_policy_does_not_list_is_refused_at_start_up",
            "tests/promises/test_versions.py::test_the_outside_parties_are_those_that_version_1_was_written_for",
        ),
    ),
    Promise(
        "P58",
        "The payment host gets name, address, the amount and a reference",
        enforced_by=(
            "shop.clients.bank.create_session",
            "privacy.gateway.bank.stripe_client",
        ),
        proved_by=(
            "tests/promises/test_harness_egress.py::test_each_party_gets_exactly_its_declared_fields_and_nobody_else_anything",
            "tests/shop/test_payments.py::test_the_bank_gets_name_address_amount_and_reference_and_nothing_else",
        ),
    ),
    Promise(
        "P59",
        "The carrier gets name, address and what the parcel needs",
        enforced_by=(
            "shop.actions.parcels.of",
            "privacy.gateway.send",
            "privacy.gateway.soap_call",
        ),
        proved_by=(
            "tests/shop/test_carriers.py::test_each_carrier_gets_exactly_its_fields",
            "tests/shop/test_carriers.py::test_a_carriers_receipt_names_what_it_got",
            "tests/shop/test_dispatch.py::test_the_number_goes_to_the_carrier_only_while_the_tick_stands",
            "tests/promises/test_connectors_start.py::test_what_the_policy_does_not_list_is_refused_at_start_up",
        ),
    ),
    Promise(
        "P60",
        "Payment host and carriers may not use your details for anything else",
        enforced_by=(
            "privacy.gateway.connectors.check_contract",
            "privacy.attestations.connector_allowed",
        ),
        proved_by=(
            "tests/privacy/test_attestations.py::test_a_contract_holds_to_the_end_of_its_last_day",
            "tests/privacy/test_attestations.py::test_without_any_contract_nothing_leaves_not_even_a_question",
            "tests/privacy/test_attestations.py::test_without_the_banks_contract_the_checkout_says_what_it_says_when_it_is_down",
            "tests/shop/test_carriers.py::test_without_a_contract_of_today_nothing_leaves",
        ),
        attested=True,
    ),
    Promise(
        "P61",
        "The print partner learns your details when you sign up there, not before",
    ),
    Promise("P62", "The print partner takes the payment for prints itself"),
    Promise(
        "P63", "The print partner may use your details for prints and nothing else"
    ),
    Promise(
        "P64",
        "If the business is sold, each person's details move by a fixed rule or stay",
        enforced_by=(
            "privacy.transfer.why_not",
            "privacy.actions.transitions.export",
        ),
        proved_by=(
            "tests/privacy/test_transitions.py::test_who_left_or_wants_nothing_stays_out",
            "tests/privacy/test_transitions.py::test_only_declared_columns_leave",
            "tests/privacy/test_transitions.py::test_who_declines_while_the_set_is_made_is_out",
        ),
    ),
    Promise(
        "P65",
        "A sale is announced on every page for thirty unbroken days first",
        enforced_by=(
            "privacy.transfer.notice",
            "privacy.transitions.count",
            "privacy.actions.transitions.look",
        ),
        proved_by=(
            "tests/promises/test_transition.py::test_the_notice_stands_on_every_page_there_is",
            "tests/promises/test_transition.py::test_day_29_is_refused_day_30_allowed_and_a_dark_day_begins_again",
            "tests/privacy/test_transitions.py::test_the_database_refuses_what_the_action_would_let_through",
            "tests/privacy/test_transition_days.py::test_one_dark_day_restarts_the_count",
            "tests/privacy/test_transition_days.py::test_python_and_the_database_count_alike",
        ),
    ),
    Promise(
        "P66",
        "If a new owner wants other uses, you choose; silence means no",
        enforced_by=(
            "privacy.transfer.why_not",
            "privacy.actions.asking.ask",
        ),
        proved_by=(
            "tests/promises/test_transition.py::test_who_accepts_who_declines_and_who_says_nothing",
            "tests/privacy/test_choice_doors.py::test_an_objection_keeps_somebody_out_of_the_set",
            "tests/privacy/test_asking.py::test_an_answer_by_the_letters_link_decides",
            "tests/privacy/test_asking.py::test_everybody_who_can_be_reached_is_asked_once",
        ),
    ),
    Promise(
        "P67",
        "Wherever we ask for details we also ask about any other use of them",
        enforced_by=("shop.forms.CheckoutForm", "privacy.form_lint.faults"),
        proved_by=(
            "tests/promises/test_order_form.py::test_each_secondary_purpose_has_its_choice_beside_the_question",
            "tests/meta/test_collection_points.py::test_every_field_of_every_form_is_declared_and_true",
            "tests/meta/test_collection_points.py::test_a_second_use_without_a_choice_in_that_form_is_found",
        ),
    ),
    Promise(
        "P68",
        "The order form has a box that keeps your address off our mailing lists",
        enforced_by=(
            "privacy.choices.record_opt_out_box",
            "privacy.choices.take_off_lists",
        ),
        proved_by=(
            "tests/promises/test_doors_out.py::test_a_sale_after_leaving_brings_nothing_back",
            "tests/shop/test_payments.py::test_the_opt_out_box_in_all_nine_cases",
            "tests/privacy/test_choice_doors.py::test_a_ticked_box_takes_the_address_off_every_list",
            "tests/privacy/test_choice_doors.py::test_an_empty_box_changes_no_answer_to_any_question",
            "tests/shop/test_checkout.py::test_refusing_marketing_counts_at_once_and_silence_only_after_a_sale",
        ),
    ),
    Promise(
        "P69",
        "Newsletter readers who are not members can leave the same ways",
        enforced_by=(
            "newsletter.actions.leaving.leave",
            "newsletter.actions.leaving.by_mail",
        ),
        proved_by=(
            "tests/promises/test_doors_out.py::test_readers_who_are_no_members_leave_the_same_ways",
        ),
    ),
    Promise(
        "P70",
        "You are told before another company collects anything from you",
        enforced_by=(
            "privacy.handoffs.to",
            "privacy.middleware.HandOffMiddleware",
        ),
        proved_by=(
            "tests/promises/test_order_form.py::test_the_way_to_the_payment_host_is_announced_with_its_own_policy",
            "tests/promises/test_handoff.py::test_every_way_to_another_company_has_its_notice_before_it",
            "tests/promises/test_handoff.py::test_no_answer_leads_anywhere_else",
        ),
    ),
    Promise(
        "P71",
        "At that point you can go back, and nothing has been sent",
        enforced_by=("shop.views.checkout.review",),
        proved_by=(
            "tests/promises/test_order_form.py::test_turning_back_before_paying_sends_nothing_to_anyone",
            "tests/promises/test_handoff.py::test_going_back_sends_nothing_holds_nothing_and_says_so",
        ),
    ),
    Promise(
        "P72",
        "Links to other sites are marked as such",
        enforced_by=("privacy.leaving.link", "privacy.leaving.mark"),
        proved_by=(
            "tests/promises/test_links.py::test_no_page_has_a_link_that_leaves_us_unmarked_or_with_a_query",
            "tests/promises/test_links.py::test_links_in_the_policys_own_text_are_marked_and_pictures_are_none",
            "tests/promises/test_links.py::test_what_would_carry_something_along_is_no_link",
        ),
    ),
    Promise(
        "P73",
        "You are told when you leave our site",
        enforced_by=(
            "privacy.leaving.link",
            "privacy.templatetags.leaving.external",
        ),
        proved_by=(
            "tests/promises/test_links.py::test_no_page_has_a_link_that_leaves_us_unmarked_or_with_a_query",
            "tests/promises/test_links.py::test_the_tag_makes_a_link_that_passes_its_own_test",
        ),
    ),
    Promise(
        "P74",
        "This policy speaks for our site only, and says whose policy comes next",
        enforced_by=(
            "privacy.leaving.link",
            "privacy.views.recipients.listed",
            "privacy.handoffs.to",
        ),
        proved_by=(
            "tests/promises/test_links.py::test_each_partys_own_policy_can_be_read_from_ours",
            "tests/promises/test_order_form.py::test_the_way_to_the_payment_host_is_announced_with_its_own_policy",
            "tests/promises/test_handoff.py::test_every_way_to_another_company_has_its_notice_before_it",
        ),
    ),
    Promise(
        "P75",
        "Surveys and contests are voluntary",
        enforced_by=(
            "newsletter.survey_forms.AnswerForm",
            "newsletter.views.surveys.show",
        ),
        proved_by=(
            "tests/promises/test_surveys.py::test_every_question_may_be_skipped",
            "tests/promises/test_surveys.py::test_nothing_else_of_the_shop_asks_for_a_survey_or_a_contest",
        ),
    ),
    Promise(
        "P76",
        "Surveys ask for contact details and broad facts only",
        enforced_by=(
            "newsletter.models.Question",
            "newsletter.districts.district",
        ),
        proved_by=(
            "tests/promises/test_surveys.py::test_only_known_kinds_of_questions_can_be_built",
            "tests/promises/test_surveys.py::test_a_postcode_is_cut_to_its_district_before_it_is_kept",
            "tests/promises/test_surveys.py::test_what_is_no_district_is_not_taken",
        ),
    ),
    Promise(
        "P77",
        "A sponsor gets the winners who agreed, to award the prize",
        enforced_by=(
            "newsletter.actions.contests.fetch",
            "newsletter.actions.contests.award",
            "privacy.gateway.hand_out",
        ),
        proved_by=(
            "tests/promises/test_surveys.py::test_a_sponsor_gets_the_winners_who_agreed_by_a_link_that_ends",
            "tests/promises/test_surveys.py::test_whatever_happens_a_sponsor_gets_winners_who_agreed_and_then_all_is_gone",
            "tests/promises/test_surveys.py::test_a_draw_is_made_once_and_no_answer_of_it_changes",
        ),
    ),
    Promise(
        "P78",
        "Survey answers are kept apart from who gave them",
        enforced_by=(
            "newsletter.actions.surveys.answer",
            "newsletter.tallies.release",
        ),
        proved_by=(
            "tests/promises/test_surveys.py::test_no_table_of_answers_has_a_key_a_time_or_an_order_of_people",
            "tests/promises/test_surveys.py::test_an_answer_leaves_nothing_behind_but_a_number",
            "tests/promises/test_surveys.py::test_the_order_of_answers_cannot_be_told_from_what_is_kept",
            "tests/promises/test_surveys.py::test_no_number_that_is_shown_or_worked_out_is_about_few",
        ),
    ),
    Promise(
        "P79",
        "A sponsor gets nothing about you without notice and your yes",
        enforced_by=(
            "newsletter.survey_forms.EntryForm",
            "newsletter.actions.contests.fetch",
        ),
        proved_by=(
            "tests/promises/test_surveys.py::test_the_sponsor_is_named_before_entering_and_the_tick_is_not_set",
            "tests/promises/test_surveys.py::test_whatever_happens_a_sponsor_gets_winners_who_agreed_and_then_all_is_gone",
        ),
    ),
    Promise(
        "P80", "To send a wish list we ask for the friend's name and e-mail address"
    ),
    Promise("P81", "The friend's details are not stored"),
    Promise("P82", "The friend gets that one e-mail and no other"),
    Promise(
        "P83", "We count how often wish lists are sent, and by whom we do not know"
    ),
    Promise(
        "P84",
        "Everything you send us travels encrypted",
        enforced_by=("jessops.checks.production_is_complete",),
        proved_by=(
            "tests/meta/test_settings.py::test_the_deployment_check_passes_for_a_complete_production",
            "tests/promises/test_harness_cookies.py::test_over_tls_every_cookie_is_bound_to_tls",
        ),
    ),
    Promise(
        "P85",
        "The strength of the encryption stated here is measured, not claimed",
        enforced_by=(
            "privacy.probes.encryption.run",
            "privacy.gateway.ourselves.handshake",
        ),
        proved_by=(
            "tests/privacy/test_probes.py::test_encryption_is_measured_by_a_handshake",
            "tests/privacy/test_probes.py::test_weak_or_untrusted_encryption_is_found",
        ),
        half_attested=True,
    ),
    Promise("P86", "Every page is a secure page"),
    Promise(
        "P87",
        "We never ask for a card number or a National Insurance number",
        enforced_by=("shop.forms.looks_like_card", "jessops.lib.scrub.scrub"),
        proved_by=(
            "tests/shop/test_checkout.py::test_a_card_number_is_refused_in_any_field",
            "tests/members/test_enquiries.py::test_a_card_number_is_not_kept",
            "tests/newsletter/test_inbound.py::test_a_card_number_in_a_mail_is_not_kept",
        ),
    ),
    Promise(
        "P88",
        "Only staff whose job needs it can see your details",
        enforced_by=(
            "jessops.matrix.seen",
            "jessops.admin.StaffSite.register",
            "privacy.masks.masked",
            "privacy.masks.hidden",
            "jessops.roles.give",
        ),
        proved_by=(
            "tests/promises/test_roles_matrix.py::test_each_role_reads_what_its_row_of_the_matrix_says",
            "tests/promises/test_roles_matrix.py::test_the_control_what_is_hidden_is_found_once_it_is_not",
            "tests/promises/test_roles_matrix.py::test_no_list_finds_anybody_by_what_its_reader_may_not_see",
            "tests/promises/test_roles_matrix.py::test_what_the_matrix_does_not_name_no_screen_shows",
            "tests/promises/test_roles_matrix.py::test_a_new_personal_column_is_hidden_until_somebody_gives_it",
            "tests/promises/test_roles_matrix.py::test_who_leaves_sees_nothing_with_the_next_page",
            "tests/promises/test_roles_matrix.py::test_the_owner_makes_nobody_more_than_the_owner_is",
            "tests/meta/test_roles.py::test_every_role_has_the_rights_of_the_data_and_no_other",
        ),
    ),
    Promise(
        "P89",
        "Staff sign in with a second factor, and every look is on record",
        enforced_by=(
            "members.second_factor.is_staff",
            "members.sessions.SessionLimitsMiddleware",
            "privacy.admin.people.note",
            "privacy.look_chain.add",
            "privacy.look_alarm.watch",
        ),
        proved_by=(
            "tests/members/test_second_factor.py::test_staff_without_a_second_factor_see_no_staff_page",
            "tests/promises/test_looks.py::test_whoever_is_shown_is_on_record_and_nobody_else",
            "tests/promises/test_looks.py::test_no_way_leads_from_a_number_to_a_persons_own_page",
            "tests/promises/test_looks.py::test_staff_pages_open_from_their_networks_alone",
            "tests/privacy/test_looks.py::test_nobody_is_looked_at_without_a_number_a_queue_or_a_reason",
            "tests/privacy/test_looks.py::test_every_screen_about_people_keeps_the_rule",
            "tests/privacy/test_looks.py::test_a_look_is_never_rewritten",
            "tests/privacy/test_looks.py::test_a_line_that_was_tampered_with_is_found",
            "tests/privacy/test_looks.py::test_more_than_fifty_people_in_an_hour_are_reported_once",
            "tests/privacy/test_looks.py::test_the_person_reads_the_role_and_never_the_name_or_number",
            "tests/members/test_sessions.py::test_staff_who_do_nothing_for_half_an_hour_are_out",
            "tests/members/test_sessions.py::test_staff_are_out_after_twelve_hours_whatever_they_do",
        ),
    ),
    Promise(
        "P90",
        "The servers stand in a locked place",
        enforced_by=("privacy.attestations.holds",),
        proved_by=(
            "tests/privacy/test_attestations.py::test_evidence_is_attested_until_its_last_day_and_then_not_met",
        ),
        attested=True,
    ),
    Promise(
        "P91",
        "There is an address for questions about security",
        enforced_by=("privacy.views.security.security_txt",),
        proved_by=(
            "tests/privacy/test_security.py::test_security_txt_names_a_contact_and_has_not_expired",
        ),
    ),
    Promise(
        "P92",
        "What we know about you from others is marked with its source",
        enforced_by=(
            "privacy.registry.hold",
            "privacy.dossier.of",
            "shop.views.checkout.checkout",
        ),
        proved_by=(
            "tests/promises/test_your_data.py::test_your_data_shows_who_told_us_each_thing",
            "tests/promises/test_your_data.py::test_a_bank_result_is_marked_as_the_payment_hosts",
            "tests/meta/test_personal_data.py::test_every_source_is_a_party_that_there_is",
            "tests/promises/test_held.py::test_the_page_shows_every_field_with_its_purpose_source_and_end",
            "tests/promises/test_held.py::test_a_field_that_others_may_fill_says_so",
            "tests/promises/test_held.py::test_the_customers_own_words_are_never_replaced_by_the_lists",
            "tests/promises/test_held.py::test_the_list_fills_in_only_what_was_left_empty",
        ),
    ),
    Promise(
        "P93",
        "Your address is checked before a card is charged, and for nothing else",
        enforced_by=("shop.actions.addresses.check",),
        proved_by=(
            "tests/shop/test_checkout.py::test_the_address_check_keeps_one_code",
            "tests/shop/test_checkout.py::test_a_dead_address_service_means_review_not_refusal",
        ),
    ),
    Promise(
        "P94",
        "You can correct, update, deactivate and delete what we hold",
        enforced_by=(
            "members.actions.correcting.change_details",
            "members.actions.leaving.deactivate",
            "members.actions.leaving.ask_erasure",
            "shop.actions.corrections.redirect",
        ),
        proved_by=(
            "tests/promises/test_correcting.py::test_a_guest_puts_address_and_number_right_before_it_leaves",
            "tests/members/test_leaving.py::test_a_closed_account_is_locked_signed_out_and_in_no_audience",
            "tests/members/test_leaving.py::test_nobody_signs_in_to_a_closed_account_but_to_come_back",
            "tests/promises/test_erasure.py::test_the_life_was_lived_as_meant",
            "tests/promises/test_erasure.py::test_no_column_of_any_table_shows_a_word",
            "tests/privacy/test_erasure.py::test_an_order_that_was_never_paid_goes_whole",
            "tests/promises/test_correcting.py::test_a_stranger_reaches_no_door_of_a_member",
        ),
    ),
    Promise(
        "P95",
        "You can change postcode, telephone, e-mail and postal address",
        enforced_by=(
            "members.actions.correcting.prove_email",
            "shop.actions.corrections.redirect",
            "shop.actions.corrections.follow_contact",
        ),
        proved_by=(
            "tests/promises/test_correcting.py::test_a_guest_puts_address_and_number_right_before_it_leaves",
            "tests/promises/test_correcting.py::test_after_it_left_nothing_follows",
            "tests/promises/test_correcting.py::test_an_address_in_the_book_follows_into_orders_that_have_not_left",
            "tests/members/test_correcting.py::test_a_new_address_counts_once_the_code_was_typed_and_everything_follows",
            "tests/members/test_correcting.py::test_the_fifth_wrong_code_ends_it_and_the_right_one_comes_too_late",
            "tests/members/test_correcting.py::test_a_stale_code_another_members_code_and_an_old_sign_in_change_nothing",
            "tests/members/test_correcting.py::test_the_old_address_objects_and_has_its_account_back",
        ),
    ),
    Promise(
        "P96",
        "Leaving means leaving: closed at once, or deleted but for tax records",
        enforced_by=(
            "members.actions.leaving.deactivate",
            "members.actions.leaving.sweep",
            "privacy.actions.erasures.carry_out",
            "privacy.erasure.forget",
            "privacy.canary.look_in_database",
            "jessops.restored.RestoredMiddleware",
        ),
        proved_by=(
            "tests/members/test_leaving.py::test_no_class_of_mail_goes_to_a_closed_account_but_what_the_law_allows",
            "tests/promises/test_erasure.py::test_no_column_of_any_table_shows_a_word",
            "tests/promises/test_erasure.py::test_a_dump_of_the_database_shows_no_word",
            "tests/promises/test_erasure.py::test_neither_valkey_nor_a_log_knows_a_word",
            "tests/promises/test_erasure.py::test_what_was_sealed_is_in_no_file_of_the_disk_not_even_in_the_log_of_changes",
            "tests/promises/test_erasure.py::test_the_invoice_stays_and_nothing_else_of_the_order",
            "tests/promises/test_erasure.py::test_the_search_would_find_a_leftover",
            "tests/privacy/test_erasure.py::test_what_is_left_behind_alarms",
            "tests/privacy/test_post_restore.py::test_five_come_back_with_the_backup_and_are_erased_before_anybody_is_served",
        ),
    ),
    Promise(
        "P97",
        "An e-mail to us is enough to correct or delete",
        enforced_by=(
            "newsletter.inbound.take",
            "members.actions.requests.carry_out",
            "members.clock.standing",
        ),
        proved_by=(
            "tests/promises/test_requests.py::test_whichever_door_the_same_is_done",
            "tests/promises/test_requests.py::test_a_mail_about_ones_data_opens_an_enquiry_for_privacy_staff",
            "tests/promises/test_requests.py::test_the_same_clock_runs_for_every_door",
        ),
    ),
    Promise(
        "P98",
        "A call or a letter is enough too",
        enforced_by=(
            "members.actions.requests.take_in",
            "members.actions.requests.carry_out",
            "members.clock.standing",
        ),
        proved_by=(
            "tests/promises/test_requests.py::test_whichever_door_the_same_is_done",
            "tests/promises/test_requests.py::test_the_same_clock_runs_for_every_door",
            "tests/members/test_enquiries_staff.py::test_a_telephone_call_is_taken_in_and_carried_out",
        ),
    ),
    Promise(
        "P99",
        "A change of this policy is announced here, on the home page and at checkout",
        enforced_by=(
            "privacy.actions.policies.publish",
            "privacy.notices.bars",
            "privacy.views.versions.version",
            "privacy.checks.refuse_to_start",
        ),
        proved_by=(
            "tests/promises/test_versions.py::test_a_new_version_is_announced_and_the_old_one_stays_at_its_address",
            "tests/privacy/test_policy_start.py::test_a_cookie_that_the_policy_does_not_name_stops_the_start",
            "tests/privacy/test_policy_pdf.py::test_it_says_every_clause_and_is_tagged_for_screen_readers",
            "tests/privacy/test_policy_versions.py::test_past_versions_go_on_saying_what_they_said",
            "tests/privacy/test_notices.py::test_it_stands_on_home_and_checkout_and_nowhere_else",
        ),
    ),
    Promise(
        "P100",
        "Your details are used under the policy that you gave them under",
        enforced_by=("privacy.guard.allow",),
        proved_by=(
            "tests/promises/test_life_histories.py::test_a_thousand_lives_are_used_and_written_to_as_the_policy_says",
            "tests/privacy/test_guard.py::test_a_purpose_newer_than_the_version_is_refused",
        ),
    ),
    Promise(
        "P101",
        "Before a new use of details already held, we write to those concerned",
        enforced_by=(
            "privacy.changes.concerns",
            "privacy.changes.reachable",
            "privacy.actions.changes.write_letters",
        ),
        proved_by=(
            "tests/privacy/test_killed_letters.py::test_each_person_has_one_letter_however_often_writers_are_killed",
            "tests/privacy/test_changes.py::test_an_old_account_makes_no_new_order_an_old_one",
            "tests/privacy/test_changes.py::test_exactly_those_concerned_and_reachable_are_asked",
            "tests/promises/test_life_histories.py::test_a_thousand_lives_are_used_and_written_to_as_the_policy_says",
        ),
    ),
    Promise(
        "P102",
        "You can say yes or no to a new use; no answer means no",
        enforced_by=(
            "privacy.views.choice.choice",
            "privacy.guard.allow",
        ),
        proved_by=(
            "tests/privacy/test_changes.py::test_yes_no_and_silence_and_a_change_of_mind",
            "tests/privacy/test_changes.py::test_looking_never_answers",
        ),
    ),
    Promise(
        "P103",
        "Who opted out or left is neither written to nor used in the new way",
        enforced_by=(
            "privacy.guard.allow",
            "newsletter.wall.may_send",
        ),
        proved_by=(
            "tests/promises/test_life_histories.py::test_a_thousand_lives_are_used_and_written_to_as_the_policy_says",
            "tests/promises/test_choices_doors.py::test_nothing_at_all_by_either_page_ends_every_use_that_asks",
            "tests/privacy/test_changes.py::test_a_letter_that_was_queued_is_not_sent_to_who_left_meanwhile",
            "tests/privacy/test_changes.py::test_an_old_yes_does_not_outlive_leaving",
            "tests/privacy/test_guard.py::test_without_the_database_nobody_is_allowed_anything_that_asks",
        ),
    ),
    Promise(
        "P104",
        "Other material changes get a notice on the site",
        enforced_by=(
            "privacy.actions.policies.publish",
            "privacy.notices.policy_notice",
        ),
        proved_by=(
            "tests/promises/test_versions.py::test_a_change_for_the_time_to_come_mails_nobody",
        ),
    ),
    Promise(
        "P105",
        "Some notices are also mailed, to those who want our mail",
        enforced_by=(
            "privacy.changes.wants_letters",
            "privacy.actions.changes.write_letters",
        ),
        proved_by=(
            "tests/privacy/test_changes.py::test_those_who_asked_for_mail_are_told_of_a_version_and_nobody_else",
            "tests/privacy/test_changes.py::test_news_of_a_version_is_held_from_who_said_no_meanwhile",
        ),
    ),
    Promise(
        "P106",
        "You can reach us by telephone, fax, e-mail and post",
        enforced_by=("privacy.policies.document.load",),
        proved_by=(
            "tests/privacy/test_policy_page.py::test_all_four_ways_to_reach_us_are_there",
            "tests/promises/test_enquiries.py::test_four_ways_lead_to_us_each_with_its_mark",
        ),
    ),
    Promise(
        "P107",
        "Letters and faxes reach the right desk when marked for it",
        enforced_by=(
            "privacy.policies.facts.words",
            "shop.views.help.page",
            "members.mail_doors.desk",
        ),
        proved_by=(
            "tests/promises/test_versions.py::test_all_ways_to_reach_us_say_whom_to_ask_for",
            "tests/promises/test_enquiries.py::test_four_ways_lead_to_us_each_with_its_mark",
            "tests/promises/test_enquiries.py::test_a_question_is_one_enquiry_and_acknowledged_at_once",
        ),
    ),
)

BY_ID = {promise.id: promise for promise in PROMISES}
