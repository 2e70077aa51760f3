"""Say what stands in an area or agency by the names of the columns of a list, and put that back."""

from sca_lms.projects.models import Agency, AgencyKind, Area
from sca_lms.texts import Bilingual

Values = dict[str, str]


def values_of(place: Area | Agency) -> Values:
    """Return what stands in an area or agency, by the columns of a list; its code is not among them."""
    if isinstance(place, Area):
        return {
            "area_th": place.title.th, "area_en": place.title.en, "province_th": place.province.th,
            "province_en": place.province.en, "group": place.group,
        }  # fmt: skip
    return {"agency_th": place.title.th, "agency_en": place.title.en, "kind": str(place.kind)}


def restore(place: Area | Agency, values: Values) -> None:
    """Put back what `values_of` has said."""
    if isinstance(place, Area):
        place.title = Bilingual(values["area_th"], values["area_en"])
        place.province = Bilingual(values["province_th"], values["province_en"])
        place.group = values["group"]
    else:
        place.title = Bilingual(values["agency_th"], values["agency_en"])
        place.kind = AgencyKind(values["kind"])
