import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { MyCalendar } from "@shifters_relations/agenda/my_calendar";

/** Says that the partner events are in a member's own calendar too. */
patch(MyCalendar.prototype, {
    setup() {
        super.setup();
        this.words.shown += ` ${_t("The partner events are in it too.")}`;
    },
});
