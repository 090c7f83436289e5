import { Component, onWillStart, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODEL = "relationship.member";

/** The secret address at which a member's own phone reads her next contacts (P1). */
export class MyCalendar extends Component {
    static template = "shifters_relations.MyCalendar";
    static components = { CheckBox, CopyButton, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.copied = _t("Copied");
        // What a template says itself loses its no-break spaces.
        this.words = {
            shown: _t(
                "Each next contact is on its day, or at the hour of its appointment, with the mode, the city and a link to Relations; beside them your absences and the end of your engagement. Nobody's name, and nothing of what was said, is in it. It follows by itself, within a few hours; the morning's mail stays what reminds you."
            ),
            secret: _t(
                "Whoever has this address reads your calendar: give it to nobody. It stops with your engagement."
            ),
            code: _t("For an iPhone: point its camera here."),
            otherwise: _t("(otherwise: “contact planned”)"),
            ways: [
                [_t("iPhone:"), _t("tap “Add to my calendar”, then “Subscribe”.")],
                [
                    _t("Android:"),
                    _t(
                        "Google Calendar takes an address on a computer alone: on calendar.google.com, “Other calendars” › “From URL”, paste the address; the phone shows it too."
                    ),
                ],
                [
                    _t("Thunderbird, Outlook:"),
                    _t(
                        "“New calendar” › “On the network”, or “Add calendar” › “Subscribe from web”, and paste the address."
                    ),
                ],
            ],
        };
        this.state = useState({ calendar: {}, isBusy: false });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.calendar = await this.orm.call(MODEL, "get_my_calendar", []);
    }

    /** Change something, and show what is true then, also where it was refused. */
    async change(method, ...args) {
        this.state.isBusy = true;
        try {
            await this.orm.call(MODEL, method, [[this.state.calendar.id], ...args]);
        } finally {
            await this.load();
            this.state.isBusy = false;
        }
    }

    make() {
        return this.change("action_renew_calendar");
    }

    name(isNamed) {
        this.state.calendar.names = isNamed;
        return this.change("action_name_in_calendar", isNamed);
    }

    renew() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Renew the address?"),
            body: _t("The former address answers nothing any more, at once: each device has to be given the new one."),
            confirmLabel: _t("Renew the address"),
            confirm: () => this.make(),
            cancel: () => {},
        });
    }

    stop() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Stop the calendar?"),
            body: _t("The address answers nothing any more. Your contacts stay in Relations."),
            confirmLabel: _t("Stop"),
            confirm: () => this.change("action_stop_calendar"),
            cancel: () => {},
        });
    }
}

registry.category("actions").add("shifters_relations.my_calendar", MyCalendar);
